import { type Dispatcher, request } from 'undici';
import { ExportError } from '../domain/failures.ts';
import type { Notifier } from '../domain/notifier-port.ts';
import { describeEvent, type RunEvent } from '../domain/run-events.ts';
import { createAgent, type ProxySettings } from '../http/agent.ts';
import { explainNoAnswer } from '../http/no-response.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const WEBHOOK = { name: 'The webhook', setting: 'notifications.webhookUrl' };

export interface WebhookSettings {
  /** A credential: whoever has it can post. */
  readonly webhookUrl: string;
  readonly degradedAbove: number;
  readonly proxy: ProxySettings;
}

/** Posts events as JSON; Slack's incoming webhooks show the field `text`. */
export class Webhook implements Notifier {
  readonly degradedAbove: number;
  readonly #url: string;
  readonly #dispatcher: Dispatcher;

  constructor({ webhookUrl, degradedAbove, proxy }: WebhookSettings) {
    this.degradedAbove = degradedAbove;
    this.#url = webhookUrl;
    this.#dispatcher = createAgent({ proxy, connections: 4, timeoutMs: REQUEST_TIMEOUT_MS });
  }

  async send(event: RunEvent, at: string, signal: AbortSignal): Promise<void> {
    const status = await this.#post(
      { text: slackText(describeEvent(event)), at, ...event },
      signal,
    );
    if (status >= 200 && status < 300) return;
    const mayPass = status >= 500 || status === 408 || status === 429;
    throw new ExportError(
      'StagingFailed',
      `The webhook answered ${status}. Check notifications.webhookUrl in the worker's configuration.`,
      mayPass ? 'backoff' : 'never',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #post(body: object, signal: AbortSignal): Promise<number> {
    try {
      const response = await request(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'cohort-export' },
        body: JSON.stringify(body),
        dispatcher: this.#dispatcher,
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      await response.body.dump();
      return response.statusCode;
    } catch (error) {
      signal.throwIfAborted();
      const { message, retry } = explainNoAnswer(error, WEBHOOK);
      throw new ExportError('StagingFailed', message, retry);
    }
  }
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
