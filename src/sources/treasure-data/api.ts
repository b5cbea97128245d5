import { type Dispatcher, request } from 'undici';
import type { z } from 'zod';
import { ExportError } from '../../domain/failures.ts';
import { createAgent } from '../../http/agent.ts';
import { bodyText, exchange, type HttpResponse, RESPONSE_MAX_BYTES } from '../../http/exchange.ts';
import { NoResponse } from '../../http/no-response.ts';
import { parseJson } from '../../http/parse-json.ts';
import { isSuccess } from '../../http/response-rules.ts';
import type { TreasureDataConnection } from './connection.ts';
import { classifyResponse, peerOf, unavailable } from './response-errors.ts';

const REQUEST_TIMEOUT_MS = 60_000;
/** The list of an account's saved queries, with their texts, can be long. */
const LIST_MAX_BYTES = 64 * 1024 * 1024;
/** Polls of many exports; the downloads are in processes of their own. */
const CONNECTIONS = 16;
const USER_AGENT = 'cohort-export';

export interface Call {
  readonly method: 'GET' | 'POST';
  /** From `/v3` on, encoded. */
  readonly path: string;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Treasure Data's REST API, version 3: one request a call, without retries. */
export class TreasureDataApi implements AsyncDisposable {
  readonly connection: TreasureDataConnection;
  readonly #dispatcher: Dispatcher;

  constructor(connection: TreasureDataConnection) {
    this.connection = connection;
    this.#dispatcher = createAgent({
      proxy: connection.proxy,
      connections: CONNECTIONS,
      timeoutMs: this.#timeoutMs,
    });
  }

  /** The content of the response. @throws ExportError if there is none, or it is not a success */
  async call<T>(call: Call, shape: z.ZodType<T>): Promise<T> {
    const result = await this.callExpecting([], call, shape);
    return (result as { readonly value: T }).value;
  }

  /** As `call`, but a response with one of the `statuses` is returned as it is. */
  async callExpecting<T>(
    statuses: readonly number[],
    call: Call,
    shape: z.ZodType<T>,
  ): Promise<{ readonly value: T } | { readonly response: HttpResponse }> {
    const response = await this.#exchange(call).catch((error: unknown) => {
      throw error instanceof NoResponse ? unavailable(error, this.connection) : error;
    });
    if (statuses.includes(response.status)) return { response };
    if (!isSuccess(response.status)) throw classifyResponse(response, this.connection, Date.now());
    const parsed = shape.safeParse(parseJson(response.text));
    if (parsed.success) return { value: parsed.data };
    const fields = parsed.error.issues
      .map(({ path }) => path.join('.') || 'the top level')
      .join(', ');
    throw new ExportError(
      'SourceUnavailable',
      `Unexpected response from Treasure Data to ${call.method} ${call.path} (at ${fields}). Is ${this.connection.endpoint} its API, or did a proxy respond?`,
      'backoff',
    );
  }

  /** A response whose body is a stream. @throws ExportError for a status that is not `expected` */
  async download(
    path: string,
    headers: Readonly<Record<string, string>>,
    expected: readonly number[],
  ): Promise<Dispatcher.ResponseData> {
    const response = await request(`${this.connection.endpoint}${path}`, {
      headers: { ...this.#headers, ...headers },
      dispatcher: this.#dispatcher,
    }).catch((error: unknown) => {
      throw unavailable(error, this.connection);
    });
    const { statusCode: status, headers: responseHeaders } = response;
    if (expected.includes(status)) return response;
    const text = await bodyText(response.body, RESPONSE_MAX_BYTES).catch(() => '');
    const failed = { status, headers: responseHeaders, text };
    throw classifyResponse(failed, this.connection, Date.now());
  }

  /** Ends the requests in flight. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.destroy();
  }

  get #timeoutMs(): number {
    return this.connection.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  }

  get #headers() {
    return { authorization: `TD1 ${this.connection.apiKey}`, 'user-agent': USER_AGENT };
  }

  async #exchange({ method, path, form, signal }: Call): Promise<HttpResponse> {
    return await exchange({
      peer: peerOf(this.connection),
      dispatcher: this.#dispatcher,
      url: `${this.connection.endpoint}${path}`,
      method,
      headers: {
        ...this.#headers,
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      body: form === undefined ? null : new URLSearchParams(form).toString(),
      timeoutMs: this.#timeoutMs,
      maxBytes: LIST_MAX_BYTES,
      signal,
    });
  }
}
