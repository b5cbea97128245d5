import { type Dispatcher, request } from 'undici';
import type { Cohort, Destination } from '../../domain/destination-port.ts';
import type { GiveUp } from '../../domain/retry.ts';
import { createAgent, type ProxySettings } from '../../http/agent.ts';
import { answerText } from '../../http/response-text.ts';
import { RequestRate } from './request-rate.ts';
import { answerWords, partialErrors } from './response-words.ts';
import { classifyAnswer, classifyNetworkError, isAccepted } from './responses.ts';

/** From the first byte sent to the last received; Braze answers within a second or two. */
const REQUEST_TIMEOUT_MS = 60_000;
/** An answer is a few words; whatever is longer is cut off. */
const ANSWER_MAX_BYTES = 64 * 1024;
/** The lanes of several exports at once; more wait for a free connection. */
const CONNECTIONS = 64;

export interface BrazeSettings {
  /** Scheme and host of the REST endpoint. */
  readonly origin: string;
  readonly partnerName: string;
  readonly partnerApiKey: string | null;
  readonly dataImportKey: string;
  readonly requestsPerHour: number;
  readonly giveUpAfterMs: number;
  readonly proxy: ProxySettings;
  /** From the first byte sent to the last received. @default 60,000 */
  readonly requestTimeoutMs?: number;
}

/** Told of each answer, for metrics: the status, or `null` where there was none. */
export type OnAnswer = (status: number | null, durationMs: number) => void;

/** A connection to Braze's partner cohort API. */
export class Braze implements Destination {
  readonly giveUp: GiveUp;
  readonly #settings: BrazeSettings;
  readonly #secrets: readonly string[];
  readonly #dispatcher: Dispatcher;
  readonly #rate: RequestRate;
  readonly #onAnswer: OnAnswer;

  constructor(settings: BrazeSettings, onAnswer: OnAnswer) {
    this.giveUp = { afterMs: settings.giveUpAfterMs, setting: 'giveUpAfter' };
    this.#settings = settings;
    this.#secrets = [settings.dataImportKey, settings.partnerApiKey ?? ''];
    this.#rate = new RequestRate(settings.requestsPerHour);
    this.#onAnswer = onAnswer;
    this.#dispatcher = createAgent({
      proxy: settings.proxy,
      connections: CONNECTIONS,
      timeoutMs: this.#timeoutMs,
    });
  }

  async nameCohort(cohort: Cohort, signal: AbortSignal): Promise<string | null> {
    const body = JSON.stringify({
      ...this.#credentials,
      cohort_id: cohort.cohortId,
      name: cohort.cohortName,
      created_at: cohort.createdAt,
    });
    return await this.#post('cohorts', Buffer.from(body), signal);
  }

  async changeMembers(
    cohortId: string,
    payload: Uint8Array,
    signal: AbortSignal,
  ): Promise<string | null> {
    const envelope = JSON.stringify({ ...this.#credentials, cohort_id: cohortId });
    const start = Buffer.from(`${envelope.slice(0, -1)},"cohort_changes":`);
    const body = Buffer.concat([start, payload, Buffer.from('}')]);
    return await this.#post('cohorts/users', body, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.close();
  }

  get #timeoutMs(): number {
    return this.#settings.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  }

  get #credentials() {
    const { partnerApiKey, dataImportKey } = this.#settings;
    return {
      ...(partnerApiKey === null ? {} : { partner_api_key: partnerApiKey }),
      client_secret: dataImportKey,
    };
  }

  async #post(path: string, body: Buffer, signal: AbortSignal): Promise<string | null> {
    await this.#rate.take(signal);
    const startedAt = performance.now();
    const { status, headers, text } = await this.#exchange(path, body, signal).catch((error) => {
      signal.throwIfAborted();
      this.#onAnswer(null, performance.now() - startedAt);
      throw classifyNetworkError(error);
    });
    this.#onAnswer(status, performance.now() - startedAt);
    const wordsOf = (answer: string) => answerWords(answer, this.#secrets);
    if (isAccepted(status)) {
      const errors = partialErrors(text);
      if (errors === '') return null;
      return `Braze accepted a request with errors: ${wordsOf(errors)}`;
    }
    const words = wordsOf(text);
    const failure = classifyAnswer({ status, headers, words }, Date.now());
    if (status === 429 && typeof failure.retry === 'object')
      this.#rate.pause(failure.retry.afterMs);
    throw failure;
  }

  async #exchange(path: string, body: Buffer, signal: AbortSignal) {
    const { origin, partnerName } = this.#settings;
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const response = await request(
      `${origin}/partners/${encodeURIComponent(partnerName)}/${path}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        dispatcher: this.#dispatcher,
        signal: AbortSignal.any([signal, timeout]),
      },
    );
    return {
      status: response.statusCode,
      headers: response.headers,
      text: await answerText(response.body, ANSWER_MAX_BYTES),
    };
  }
}
