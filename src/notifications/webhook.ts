import type { Dispatcher } from 'undici';
import type { ProxySettings } from '../domain/connection-type.ts';
import { NotificationError } from '../domain/notification-error.ts';
import type { Notifier } from '../domain/notifier-port.ts';
import { describeEvent, type RunEvent } from '../domain/run-events.ts';
import { createAgent } from '../http/agent.ts';
import { exchange, type HttpResponse, RESPONSE_MAX_BYTES } from '../http/exchange.ts';
import { NoResponse, type Peer } from '../http/no-response.ts';
import { is, isServerError, isSuccess } from '../http/response-rules.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const WEBHOOK: Peer = {
  name: 'the webhook',
  setting: 'notifications.webhookUrl',
  nextStep: '',
};
const mayPass = is(408, 429);

export interface WebhookSettings {
  /** A credential: anyone who has it can post. */
  readonly webhookUrl: string;
  readonly degradedAbove: number;
  readonly proxy: ProxySettings;
}

/** Posts events as JSON; Slack's incoming webhooks show the field `text`. */
export class Webhook implements Notifier, AsyncDisposable {
  readonly degradedAbove: number;
  readonly #url: string;
  readonly #dispatcher: Dispatcher;

  constructor({ webhookUrl, degradedAbove, proxy }: WebhookSettings) {
    this.degradedAbove = degradedAbove;
    this.#url = webhookUrl;
    this.#dispatcher = createAgent({ proxy, connections: 4, timeoutMs: REQUEST_TIMEOUT_MS });
  }

  async send(event: RunEvent, at: string, signal: AbortSignal): Promise<void> {
    const body = { text: slackText(describeEvent(event)), at, ...event };
    const { status } = await this.#post(body, signal).catch((error: unknown) => {
      throw error instanceof NoResponse ? new NotificationError(error.message, error.retry) : error;
    });
    if (isSuccess(status)) return;
    throw new NotificationError(
      `The webhook answered ${status}. Check notifications.webhookUrl in the worker's configuration.`,
      isServerError(status) || mayPass(status) ? 'backoff' : 'never',
    );
  }

  /** Ends the requests in flight. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #post(body: object, signal: AbortSignal): Promise<HttpResponse> {
    return await exchange({
      peer: WEBHOOK,
      dispatcher: this.#dispatcher,
      url: this.#url,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'cohort-export' },
      body: JSON.stringify(body),
      timeoutMs: REQUEST_TIMEOUT_MS,
      maxBytes: RESPONSE_MAX_BYTES,
      signal,
    });
  }
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
