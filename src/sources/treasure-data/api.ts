import { type Dispatcher, request } from 'undici';
import type { z } from 'zod';
import { ExportError } from '../../domain/failures.ts';
import { createAgent } from '../../http/agent.ts';
import { explainNoAnswer } from '../../http/no-response.ts';
import { answerText } from '../../http/response-text.ts';
import type { TreasureDataConnection } from './connection.ts';
import { classifyRefusal, parseJson, type Refusal } from './responses.ts';

const REQUEST_TIMEOUT_MS = 60_000;
/** The list of an account's saved queries, with their texts, can be long. */
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;
const REFUSAL_MAX_BYTES = 64 * 1024;
/** Polls of many exports; the downloads are in processes of their own. */
const CONNECTIONS = 16;
const USER_AGENT = 'cohort-export';

export interface Call {
  readonly method: 'GET' | 'POST';
  /** From `/v3` on, encoded. */
  readonly path: string;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
}

/** Treasure Data's REST API, version 3: one request a call, without retries. */
export class TreasureDataApi {
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

  /** What was answered. @throws ExportError for a refusal, and where there is no answer */
  async call<T>(call: Call, shape: z.ZodType<T>): Promise<T> {
    const answer = await this.callExpecting([], call, shape);
    return (answer as { readonly value: T }).value;
  }

  /** As `call`, but a refusal with one of the statuses is an answer too. */
  async callExpecting<T>(
    statuses: readonly number[],
    call: Call,
    shape: z.ZodType<T>,
  ): Promise<{ readonly value: T } | { readonly refusal: Refusal }> {
    const answer = await this.#exchange(call).catch((error: unknown) => {
      call.signal.throwIfAborted();
      throw noAnswer(error, this.connection);
    });
    if (statuses.includes(answer.status)) return { refusal: answer };
    if (answer.status < 200 || answer.status >= 300) {
      throw classifyRefusal(answer, this.connection, Date.now());
    }
    const parsed = shape.safeParse(parseJson(answer.text));
    if (parsed.success) return { value: parsed.data };
    const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole').join(', ');
    throw new ExportError(
      'SourceUnavailable',
      `Treasure Data answered ${call.method} ${call.path} with something else than it documents (at ${fields}). Is ${this.connection.endpoint} its API, or does a proxy answer?`,
      'backoff',
    );
  }

  /** An answer whose body is a stream. @throws ExportError for a status that is not `expected` */
  async download(
    path: string,
    headers: Readonly<Record<string, string>>,
    expected: readonly number[],
  ): Promise<Dispatcher.ResponseData> {
    const response = await request(`${this.connection.endpoint}${path}`, {
      headers: { ...this.#headers, ...headers },
      dispatcher: this.#dispatcher,
    }).catch((error: unknown) => {
      throw noAnswer(error, this.connection);
    });
    const { statusCode: status } = response;
    if (expected.includes(status)) return response;
    const text = await answerText(response.body, REFUSAL_MAX_BYTES).catch(() => '');
    throw classifyRefusal({ status, headers: response.headers, text }, this.connection, Date.now());
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  get #timeoutMs(): number {
    return this.connection.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  }

  get #headers() {
    return { authorization: `TD1 ${this.connection.apiKey}`, 'user-agent': USER_AGENT };
  }

  async #exchange({ method, path, form, signal }: Call): Promise<Refusal> {
    const response = await request(`${this.connection.endpoint}${path}`, {
      method,
      headers: {
        ...this.#headers,
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      body: form === undefined ? null : new URLSearchParams(form).toString(),
      dispatcher: this.#dispatcher,
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]),
    });
    const text = await answerText(response.body, ANSWER_MAX_BYTES);
    return { status: response.statusCode, headers: response.headers, text };
  }
}

/** The failure that a request without a whole answer means. */
export function noAnswer(error: unknown, { name }: TreasureDataConnection): ExportError {
  const peer = { name: 'Treasure Data', setting: `endpoint of the connection "${name}"` };
  const { message, retry } = explainNoAnswer(error, peer);
  return new ExportError('SourceUnavailable', message, retry);
}
