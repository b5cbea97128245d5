import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import {
  type BodyFault,
  isBodyFault,
  type TreasureDataFault,
  type TreasureDataRoute,
} from '../fault-order.ts';
import type { Faults } from '../faults.ts';
import { bodyOf, sendFaultyBody } from '../faulty-body.ts';
import type { RequestLog } from '../requests-log.ts';
import { errorAnswer, Refusal, wordsFor } from './answers.ts';

export type TreasureDataContext = Context<{ Bindings: HttpBindings }>;

/** A request to Treasure Data, logged when its response is known. */
export interface TreasureDataRequest {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly route: TreasureDataRoute;
  readonly method: string;
  readonly path: string;
  /** `null` if no response was sent. */
  readonly status: number | null;
  readonly jobId: string | null;
  /** The `Range` header. */
  readonly range: string | null;
  /** The kind of the fault that hit it. */
  readonly fault: string | null;
}

export interface ExchangeState {
  readonly faults: Faults;
  readonly log: RequestLog<TreasureDataRequest>;
  /** Requests since the start, by route. */
  readonly counts: Map<TreasureDataRoute, number>;
}

/** `fault` is one that the handler has to see to itself. Throws `Refusal`. */
export type Handler = (
  c: TreasureDataContext,
  fault: TreasureDataFault | null,
  log: (status: number | null) => void,
) => Promise<Response> | Response;

/** The handler of a route, with the faults that are ordered for it, and the log. */
export function exchange(
  { faults, log, counts }: ExchangeState,
  route: TreasureDataRoute,
  handler: Handler,
): (c: TreasureDataContext) => Promise<Response> {
  return async (c) => {
    const at = new Date().toISOString();
    const jobId = c.req.param('job_id') ?? null;
    const fault = faults.takeForTreasureData(route, jobId);
    counts.set(route, (counts.get(route) ?? 0) + 1);
    const note = (status: number | null): void => {
      const { method, path } = c.req;
      const range = c.req.header('range') ?? null;
      log.add({ at, route, method, path, status, jobId, range, fault: fault?.kind ?? null });
    };
    const handle = async (): Promise<Response> => {
      try {
        return await handler(c, fault, note);
      } catch (error) {
        if (error instanceof Refusal) return errorAnswer(c, error);
        throw error;
      }
    };
    const answer = await withFault(c, fault, handle);
    if (isBodyFault(fault) && answer !== RESPONSE_ALREADY_SENT) {
      note(answer.status);
      return await sendFaulty(c, answer, fault);
    }
    // The code that wrote the response itself has recorded it already.
    if (answer !== RESPONSE_ALREADY_SENT) note(answer.status);
    else if (!c.env.outgoing.headersSent) note(null);
    return answer;
  };
}

async function withFault(
  c: TreasureDataContext,
  fault: TreasureDataFault | null,
  handle: () => Promise<Response>,
): Promise<Response> {
  const { incoming, outgoing } = c.env;
  switch (fault?.kind) {
    case 'latency': {
      const early = fault.applied && changes(c) ? await handle() : null;
      if (!(await pause(outgoing, fault.ms))) return RESPONSE_ALREADY_SENT;
      return early ?? handle();
    }
    case 'status':
      if (fault.applied && changes(c)) await handle();
      return ordered(c, fault);
    case 'reset':
      if (fault.applied && changes(c)) await handle();
      incoming.socket.resetAndDestroy();
      return RESPONSE_ALREADY_SENT;
    case 'hang':
      if (fault.applied && changes(c)) await handle();
      if (!outgoing.destroyed) await once(outgoing, 'close');
      return RESPONSE_ALREADY_SENT;
    default:
      return handle();
  }
}

async function sendFaulty(
  c: TreasureDataContext,
  answer: Response,
  fault: TreasureDataFault & BodyFault,
): Promise<Response> {
  const head = { status: answer.status, headers: Object.fromEntries(answer.headers) };
  const body = bodyOf(Buffer.from(await answer.arrayBuffer()));
  await sendFaultyBody(c.env.outgoing, head, body, fault);
  return RESPONSE_ALREADY_SENT;
}

/** Waits; `false` if the client left meanwhile. */
function pause(outgoing: HttpBindings['outgoing'], ms: number): Promise<boolean> {
  const left = new AbortController();
  const leave = (): void => left.abort();
  outgoing.once('close', leave);
  return delay(ms, undefined, { signal: left.signal })
    .then(
      () => true,
      () => false,
    )
    .finally(() => outgoing.off('close', leave));
}

/** Only a POST has anything to apply. */
function changes(c: TreasureDataContext): boolean {
  return c.req.method === 'POST';
}

function ordered(c: TreasureDataContext, fault: TreasureDataFault & { kind: 'status' }): Response {
  const { status, body, headers = {} } = fault;
  for (const [name, text] of Object.entries(headers)) c.header(name, text);
  if (body === undefined) return errorAnswer(c, new Refusal(status, wordsFor(status)));
  const code = status as ContentfulStatusCode;
  return typeof body === 'string' ? c.html(body, code) : c.json(body, code);
}
