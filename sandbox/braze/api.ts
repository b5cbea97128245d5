import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Accounting } from '../accounting.ts';
import type { Credentials } from '../credentials.ts';
import { type FaultOrder, isBodyFault, type LateFault } from '../fault-order.ts';
import type { Faults } from '../faults.ts';
import type { RequestLog } from '../requests-log.ts';
import { parseJsonObject, readBody } from './body.ts';
import type { Cohorts } from './cohorts.ts';
import type { Concurrency } from './concurrency.ts';
import { type Answer, Exchange, pathOf } from './exchange.ts';
import type { Hanging } from './hanging.ts';
import type { Opposites } from './opposites.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Refused } from './refused.ts';
import { summarise } from './summary.ts';
import {
  DOCUMENTED,
  type JsonObject,
  MAX_BODY_BYTES,
  readChanges,
  readNaming,
  UNDOCUMENTED,
} from './validation.ts';

/** What Braze's responses depend on; `/sandbox/…` changes the same objects. */
export interface BrazeState {
  readonly credentials: Credentials['braze'];
  /** Whether the partner is switched on for the client of the data import key. */
  partnerEnabled: boolean;
  readonly cohorts: Cohorts;
  readonly faults: Faults;
  readonly hanging: Hanging;
  readonly rateLimit: RateLimit;
  readonly concurrency: Concurrency;
  readonly opposites: Opposites;
  readonly refused: Refused;
  readonly accounting: Accounting;
  readonly log: RequestLog;
  /** Waited after each request was processed, in milliseconds. */
  readonly latencyMs: number;
}

type Route = 'cohorts' | 'users';

const SUCCESS: Answer = { status: 201, body: { message: 'success' } };

/** Braze's messages for a status that a fault sends without a body. */
const WORDS: Readonly<Record<number, string>> = {
  401: DOCUMENTED.unauthorized,
  404: UNDOCUMENTED.notFound,
  413: UNDOCUMENTED.bodyTooLarge,
  415: UNDOCUMENTED.contentType,
  423: DOCUMENTED.locked,
  429: UNDOCUMENTED.rateLimited,
};

/**
 * Braze's cohort import API, for paths under `/partners`. It works on Node's own request and
 * response: each body is read into one buffer and parsed once, and a connection can be broken.
 */
export function brazeApi(
  state: BrazeState,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const exchange = new Exchange(request, response, state.accounting, state.log);
    serve(state, exchange).catch((error: unknown) => {
      console.error('The sandbox failed on a request to Braze:', error);
      exchange.answer(refusal(500, 'The sandbox failed; see its log'));
    });
  };
}

async function serve(state: BrazeState, exchange: Exchange): Promise<void> {
  const send = async (answer: Answer): Promise<void> => {
    const early = Math.ceil(state.latencyMs - exchange.age);
    if (early <= 0 || (await exchange.pause(early))) exchange.answer(answer);
  };

  const route = findRoute(exchange.request, state.credentials.partnerName);
  if (typeof route !== 'string') return send(route);
  const bytes = await readBody(exchange.request, MAX_BODY_BYTES);
  if (bytes === 'client left') return;
  if (bytes === 'too large') return send(refusal(413, UNDOCUMENTED.bodyTooLarge));

  const body = parseJsonObject(bytes);
  const summary = summarise(route, body);
  exchange.describe(summary);
  const contentType = exchange.request.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(contentType)) {
    return send(refusal(415, UNDOCUMENTED.contentType));
  }
  const { cohortId, warnings } = summary;
  if (route === 'users' && body !== null && cohortId !== null) {
    exchange.onEnd(state.opposites.enter(cohortId, body, warnings));
  }

  const { allowed, headers } = state.rateLimit.take();
  if (!allowed) return send({ ...refusal(429, UNDOCUMENTED.rateLimited), headers });
  const admission = state.concurrency.enter(cohortId);
  if (admission === 'too many') return send({ ...refusal(429, UNDOCUMENTED.rateLimited), headers });
  if (admission === 'locked') return send({ ...refusal(423, DOCUMENTED.locked), headers });
  exchange.onEnd(admission);
  const process = (): Answer => ({ ...decide(state, route, body), headers });

  const fault = state.faults.take(route, cohortId);
  if (fault === null) return send(process());
  exchange.hitBy(fault.kind);
  if (isBodyFault(fault)) {
    const early = Math.ceil(state.latencyMs - exchange.age);
    if (early <= 0 || (await exchange.pause(early))) await exchange.answerFaulty(process(), fault);
    return;
  }
  const applied = carryOut(fault, process);
  const answer = async () => send(await (applied ?? process()));
  switch (fault.kind) {
    case 'status':
      return send(ordered(fault, headers));
    case 'reset':
      return exchange.reset();
    case 'latency':
      if (await exchange.pause(fault.ms)) await answer();
      return;
    case 'hang':
      // It ends when the client leaves, when it is answered by order, or when the sandbox closes.
      exchange.onEnd(state.hanging.add(cohortId, () => void answer()));
  }
}

/** Carries out a request that a fault hits, now or later; `null` where that is left to its response. */
function carryOut(
  { applied, appliedAfterMs }: LateFault,
  process: () => Answer,
): Answer | Promise<Answer> | null {
  if (appliedAfterMs !== undefined) {
    return delay(appliedAfterMs, undefined, { ref: false }).then(process);
  }
  return applied ? process() : null;
}

function findRoute(request: IncomingMessage, partnerName: string): Route | Answer {
  const path = pathOf(request);
  const isNaming = path === `/partners/${partnerName}/cohorts`;
  const isChange = path === `/partners/${partnerName}/cohorts/users`;
  if (!isNaming && !isChange) return refusal(404, UNDOCUMENTED.notFound);
  if (request.method === 'POST') return isNaming ? 'cohorts' : 'users';
  return { ...refusal(405, UNDOCUMENTED.methodNotAllowed), headers: { allow: 'POST' } };
}

/** Checks the keys first, then the body, then what is already known. */
function decide(state: BrazeState, route: Route, body: JsonObject | null): Answer {
  if (body === null) return refusal(400, UNDOCUMENTED.notJson);
  const { partnerApiKey, dataImportKey } = state.credentials;
  if (body.partner_api_key !== partnerApiKey) return refusal(401, DOCUMENTED.partnerApiKey);
  if (body.client_secret !== dataImportKey) return refusal(401, DOCUMENTED.clientSecret);
  if (!state.partnerEnabled) return refusal(401, DOCUMENTED.partnerNotEnabled + dataImportKey);
  return route === 'cohorts' ? nameCohort(state, body) : changeMembers(state, body);
}

function nameCohort({ cohorts }: BrazeState, body: JsonObject): Answer {
  const naming = readNaming(body);
  if (typeof naming === 'string') return refusal(400, naming);
  cohorts.name(naming.cohortId, naming.name, naming.createdAt);
  return SUCCESS;
}

function changeMembers({ cohorts, refused }: BrazeState, body: JsonObject): Answer {
  const request = readChanges(body);
  if (typeof request === 'string') return refusal(400, request);
  const problem = refused.problemOf(request.changes);
  if (problem !== null) return refusal(400, problem);
  const cohort = cohorts.get(request.cohortId);
  if (cohort !== undefined) {
    cohorts.change(cohort, request);
    return SUCCESS;
  }
  // Our own strictness: Braze says that a cohort is named when it is first exported, not what
  // happens to members before. A request without members is a check of the keys.
  return request.identifiers === 0 ? SUCCESS : refusal(400, UNDOCUMENTED.unknownCohort);
}

function ordered(
  fault: FaultOrder & { kind: 'status' },
  rateLimitHeaders: Record<string, string>,
): Answer {
  const words =
    WORDS[fault.status] ?? (fault.status < 300 ? 'success' : 'Fault injected in the sandbox');
  const body = fault.body === undefined ? { message: words } : fault.body;
  const own = Object.entries(fault.headers ?? {}).map(([name, text]) => [name.toLowerCase(), text]);
  return {
    status: fault.status,
    body,
    headers: { ...rateLimitHeaders, ...Object.fromEntries(own) },
  };
}

function refusal(status: number, message: string): Answer {
  return { status, body: { message } };
}
