import type { Dispatcher } from 'undici';
import type { ProxySettings } from '../../../src/domain/connection-type.ts';
import type {
  Destination,
  OnResponse,
  RequestControl,
} from '../../../src/domain/destination-port.ts';
import { ExportError } from '../../../src/domain/failures.ts';
import { createAgent } from '../../../src/http/agent.ts';
import { exchange, RESPONSE_MAX_BYTES } from '../../../src/http/exchange.ts';
import { NoResponse, type Peer } from '../../../src/http/no-response.ts';
import {
  applyRules,
  is,
  isClientError,
  isRedirect,
  isServerError,
  isSuccess,
  type ResponseRules,
} from '../../../src/http/response-rules.ts';
import { requestFormat } from './request-format.ts';

export interface LedgerConnection {
  readonly origin: string;
  readonly token: string;
  readonly patienceMs: number;
  readonly requestTimeoutMs: number;
  readonly proxy: ProxySettings;
}

const LEDGER: Peer = { name: 'Ledger', setting: 'address', nextStep: '' };

const RULES: ResponseRules = {
  name: LEDGER.name,
  unavailable: 'LedgerUnavailable',
  rules: [
    { matches: is(401), type: 'LedgerUnauthorized', retry: 'never', advice: 'Check token.' },
    {
      matches: isRedirect,
      type: 'LedgerRejected',
      retry: 'never',
      advice: 'Set address to where it leads.',
    },
    { matches: is(429), type: 'LedgerUnavailable', retry: 'wait', advice: '' },
    { matches: isClientError, type: 'LedgerRejected', retry: 'never', advice: '' },
    { matches: isServerError, type: 'LedgerUnavailable', retry: 'wait', advice: '' },
  ],
};

/** A connection to a Ledger. Its pages have ids and no names. */
export class Ledger implements Destination {
  readonly giveUp: Destination['giveUp'];
  readonly format = requestFormat;
  readonly #connection: LedgerConnection;
  readonly #onResponse: OnResponse;
  readonly #dispatcher: Dispatcher;

  constructor(connection: LedgerConnection, onResponse: OnResponse) {
    this.giveUp = { afterMs: connection.patienceMs, setting: 'patience' };
    this.#connection = connection;
    this.#onResponse = onResponse;
    this.#dispatcher = createAgent({
      proxy: connection.proxy,
      connections: 8,
      timeoutMs: connection.requestTimeoutMs,
    });
  }

  async nameCohort(): Promise<null> {
    return null;
  }

  async changeMembers(
    page: string,
    payload: Uint8Array,
    { signal, inFlight }: RequestControl,
  ): Promise<null> {
    const { origin, token, requestTimeoutMs } = this.#connection;
    const startedAt = performance.now();
    const response = await exchange({
      peer: LEDGER,
      dispatcher: this.#dispatcher,
      url: `${origin}/pages/${encodeURIComponent(page)}`,
      method: 'POST',
      headers: { 'content-type': 'text/plain', authorization: `Bearer ${token}` },
      body: payload,
      timeoutMs: requestTimeoutMs,
      maxBytes: RESPONSE_MAX_BYTES,
      signal,
      sent: () => inFlight?.sent(),
    }).catch((error: unknown) => {
      if (!(error instanceof NoResponse)) throw error;
      this.#onResponse(null, performance.now() - startedAt);
      throw new ExportError('LedgerUnavailable', error.message, error.retry);
    });
    inFlight?.answered();
    this.#onResponse(response.status, performance.now() - startedAt);
    if (isSuccess(response.status)) return null;
    // Its words may repeat what was sent.
    throw applyRules(RULES, { ...response, words: '' }, Date.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.close();
  }
}
