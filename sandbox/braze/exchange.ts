import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Accounting } from '../accounting.ts';
import type { BodyFault } from '../fault-order.ts';
import { bodyOf, sendFaultyBody } from '../faulty-body.ts';
import type { RequestLog } from '../requests-log.ts';
import type { Summary } from './summary.ts';

/** A response of Braze: a string is sent as HTML, an object as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

const MAX_LOGGED_PATH = 200;

const NOTHING_KNOWN: Summary = {
  cohortId: null,
  identifiers: { userIds: 0, deviceIds: 0, aliases: 0 },
  remove: false,
  warnings: [],
};

/** One request to Braze and its response. Counts itself, and logs itself when it ends. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #accounting: Accounting;
  readonly #log: RequestLog;
  readonly #arrivedAt = new Date();
  readonly #startedAt = performance.now();
  #summary = NOTHING_KNOWN;
  readonly #leaving: (() => void)[] = [];
  #fault: string | null = null;
  /** Set once the head of a response was sent. */
  #status: number | null = null;
  #open = true;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    accounting: Accounting,
    log: RequestLog,
  ) {
    this.request = request;
    this.#response = response;
    this.#accounting = accounting;
    this.#log = log;
    accounting.start();
    response.once('close', () => this.#end(this.#status));
  }

  describe(summary: Summary): void {
    this.#summary = summary;
    if (summary.cohortId !== null) this.#accounting.startCohort(summary.cohortId);
  }

  /** Called when the exchange ends, in whatever way. */
  onEnd(leave: () => void): void {
    this.#leaving.push(leave);
  }

  hitBy(fault: string): void {
    this.#fault = fault;
  }

  /** Milliseconds since the request arrived. */
  get age(): number {
    return performance.now() - this.#startedAt;
  }

  /** Waits; `false` if the client left meanwhile. */
  pause(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      if (!this.#open) return resolve(false);
      const left = (): void => {
        clearTimeout(timer);
        resolve(false);
      };
      const timer = setTimeout(() => {
        this.#response.off('close', left);
        resolve(true);
      }, ms);
      this.#response.once('close', left);
    });
  }

  /** Ends the exchange; nothing happens if the client has left. */
  answer({ status, body, headers }: Answer): void {
    if (!this.#open) return;
    const payload = payloadOf(body);
    this.#end(status);
    this.#response.writeHead(status, {
      'content-type': contentTypeOf(body),
      'content-length': payload.length,
      ...headers,
    });
    this.#response.end(payload);
    this.request.resume();
  }

  /** The same, with a fault of the body. A stalled one is in flight until the client leaves. */
  async answerFaulty({ status, body, headers }: Answer, fault: BodyFault): Promise<void> {
    if (!this.#open) return;
    this.#status = status;
    const head = { status, headers: { 'content-type': contentTypeOf(body), ...headers } };
    const payload = bodyOf(payloadOf(body));
    await sendFaultyBody(this.#response, head, payload, fault, () => this.#end(status));
    this.request.resume();
  }

  /** Breaks the connection, with an RST where the system can. */
  reset(): void {
    if (!this.#open) return;
    this.#end(null);
    this.request.socket.resetAndDestroy();
  }

  #end(status: number | null): void {
    if (!this.#open) return;
    this.#open = false;
    for (const leave of this.#leaving) leave();
    const { cohortId, identifiers, remove, warnings } = this.#summary;
    this.#accounting.end(status, cohortId, warnings);
    this.#log.add({
      at: this.#arrivedAt.toISOString(),
      path: pathOf(this.request).slice(0, MAX_LOGGED_PATH),
      status,
      cohortId,
      identifiers,
      remove,
      ...(this.#fault === null ? {} : { fault: this.#fault }),
      warnings,
      durationMs: Math.round((performance.now() - this.#startedAt) * 10) / 10,
    });
  }
}

function contentTypeOf(body: unknown): string {
  return typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
}

function payloadOf(body: unknown): Buffer {
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The path of a request without its query, still encoded. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}
