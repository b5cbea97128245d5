import type { Dispatcher } from 'undici';
import type { ProxySettings } from '../../domain/connection-type.ts';
import type {
  Cohort,
  Destination,
  OnResponse,
  RequestControl,
} from '../../domain/destination-port.ts';
import type { GiveUp } from '../../domain/retry.ts';
import { RESPONSE_WITHIN_MS } from '../../domain/unanswered-requests.ts';
import { createAgent } from '../../http/agent.ts';
import { exchange, type HttpResponse, RESPONSE_MAX_BYTES } from '../../http/exchange.ts';
import { NoResponse } from '../../http/no-response.ts';
import { is, isSuccess } from '../../http/response-rules.ts';
import { partialErrors, responseWords } from './redact-response.ts';
import { requestFormat } from './request-format.ts';
import { RequestRate } from './request-rate.ts';
import {
  BRAZE,
  classifyChange,
  classifyResponse,
  isPage,
  pageFailure,
  unavailable,
} from './response-errors.ts';

/** Braze counts arrivals, which can lie closer together than departures. */
const USED_OF_RATE = 0.99;
/** The lanes of several exports at once; more wait for a free connection. */
const CONNECTIONS = 64;
/** A gateway's word that Braze itself has not responded to it. */
const isOfGateway = is(502, 504);

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

/** A connection to Braze's partner cohort API. */
export class Braze implements Destination, AsyncDisposable {
  readonly giveUp: GiveUp;
  readonly format = requestFormat;
  readonly #settings: BrazeSettings;
  readonly #secrets: readonly string[];
  readonly #dispatcher: Dispatcher;
  readonly #rate: RequestRate;
  readonly #onResponse: OnResponse;

  constructor(settings: BrazeSettings, onResponse: OnResponse) {
    this.giveUp = { afterMs: settings.giveUpAfterMs, setting: 'giveUpAfter' };
    this.#settings = settings;
    this.#secrets = [settings.dataImportKey, settings.partnerApiKey ?? ''];
    this.#rate = new RequestRate(settings.requestsPerHour * USED_OF_RATE);
    this.#onResponse = onResponse;
    this.#dispatcher = createAgent({
      proxy: settings.proxy,
      connections: CONNECTIONS,
      timeoutMs: this.#timeoutMs,
    });
  }

  async nameCohort(cohort: Cohort, request: RequestControl): Promise<string | null> {
    const body = JSON.stringify({
      ...this.#credentials,
      cohort_id: cohort.cohortId,
      name: cohort.cohortName,
      created_at: cohort.createdAt,
    });
    return await this.#post('cohorts', Buffer.from(body), classifyResponse, request);
  }

  async changeMembers(
    cohortId: string,
    payload: Uint8Array,
    request: RequestControl,
  ): Promise<string | null> {
    const envelope = JSON.stringify({ ...this.#credentials, cohort_id: cohortId });
    const start = Buffer.from(`${envelope.slice(0, -1)},"cohort_changes":`);
    const body = Buffer.concat([start, payload, Buffer.from('}')]);
    return await this.#post('cohorts/users', body, classifyChange, request);
  }

  /** Waits for the requests in flight. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.close();
  }

  get #timeoutMs(): number {
    return this.#settings.requestTimeoutMs ?? RESPONSE_WITHIN_MS;
  }

  get #credentials() {
    const { partnerApiKey, dataImportKey } = this.#settings;
    return {
      ...(partnerApiKey === null ? {} : { partner_api_key: partnerApiKey }),
      client_secret: dataImportKey,
    };
  }

  async #post(
    path: string,
    body: Buffer,
    classify: typeof classifyResponse,
    request: RequestControl,
  ): Promise<string | null> {
    const { signal, untilSent = signal, inFlight } = request;
    await this.#rate.take(AbortSignal.any([signal, untilSent]));
    const response = await this.#exchange(path, body, request);
    const { status, headers, text } = response;
    if (!isOfGateway(status)) inFlight?.answered();
    const wordsOf = (said: string) => responseWords(said, this.#secrets);
    if (isSuccess(status)) {
      if (isPage(response)) throw pageFailure(status);
      const errors = partialErrors(text);
      if (errors === '') return null;
      return `Braze accepted a request with errors: ${wordsOf(errors)}`;
    }
    const failure = classify({ status, headers, words: wordsOf(text) }, Date.now());
    if (status === 429 && typeof failure.retry === 'object')
      this.#rate.pause(failure.retry.afterMs);
    throw failure;
  }

  async #exchange(
    path: string,
    body: Buffer,
    { signal, inFlight }: RequestControl,
  ): Promise<HttpResponse> {
    const { origin, partnerName } = this.#settings;
    const startedAt = performance.now();
    try {
      const response = await exchange({
        peer: BRAZE,
        dispatcher: this.#dispatcher,
        url: `${origin}/partners/${encodeURIComponent(partnerName)}/${path}`,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        timeoutMs: this.#timeoutMs,
        maxBytes: RESPONSE_MAX_BYTES,
        signal,
        sent: () => inFlight?.sent(),
      });
      this.#onResponse(response.status, performance.now() - startedAt);
      return response;
    } catch (error) {
      if (!(error instanceof NoResponse)) throw error;
      this.#onResponse(null, performance.now() - startedAt);
      throw unavailable(error);
    }
  }
}
