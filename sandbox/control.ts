import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { BrazeState } from './braze/api.ts';
import type { Cohort } from './braze/cohorts.ts';
import { faultOrder } from './fault-order.ts';
import { readInput } from './read-input.ts';
import type { TreasureDataState } from './treasure-data/api.ts';
import { jobOverview, treasureDataControl } from './treasure-data/control.ts';
import type { Job } from './treasure-data/job.ts';

const PREVIEW_MEMBERS = 100;
const PREVIEW_REQUESTS = 25;
const PREVIEW_JOBS = 25;
const PREVIEW_QUERY = 200;

const identifier = z.string().min(1);
const alias = z.strictObject({ alias_label: identifier, alias_name: identifier });
const userBase = z.strictObject({
  userIds: z.array(identifier).optional(),
  deviceIds: z.array(identifier).optional(),
  aliases: z.array(alias).optional(),
});
const refused = userBase.extend({ message: z.string().optional() });
const rateLimit = z.strictObject({ limit: z.int().nonnegative(), windowMs: z.int().positive() });
const concurrency = z.strictObject({
  requests: z.int().positive().optional(),
  perCohort: z.int().positive().optional(),
});
const partner = z.strictObject({ enabled: z.boolean() });

/**
 * The routes under `/sandbox`: to look at what the emulators hold, and to make them
 * misbehave. They ask for
 * no key, since the sandbox listens on loopback and holds test data only.
 */
export function controlApi(state: BrazeState, treasureData: TreasureDataState): Hono {
  const { cohorts, faults, accounting, log } = state;
  const startedAt = new Date().toISOString();
  const app = new Hono();

  app.get('/cohorts', (c) =>
    c.json(
      cohorts.list().map(({ id, name, members, requests }) => {
        return { cohortId: id, name, size: members.size, requests };
      }),
    ),
  );
  app.delete('/cohorts', (c) => {
    cohorts.forgetAll();
    return c.body(null, 204);
  });
  app.get('/cohorts/:id/members', (c) => {
    const cohort = cohorts.get(c.req.param('id'));
    if (cohort === undefined) return unknownCohort(c);
    return new Response(ReadableStream.from(membersJson(cohort)), {
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
  });
  app.get('/cohorts/:id/preview', (c) => {
    const cohort = cohorts.get(c.req.param('id'));
    return cohort === undefined ? unknownCohort(c) : c.json(preview(cohort));
  });

  app.get('/requests', (c) => c.json(log.newestFirst()));
  app.get('/stats', (c) => c.json(accounting.snapshot()));
  app.delete('/stats', (c) => {
    accounting.reset();
    return c.body(null, 204);
  });
  app.get('/overview', (c) =>
    c.json({
      partnerName: state.credentials.partnerName,
      startedAt,
      totals: accounting.totals(),
      faults: faults.list().length,
      cohorts: cohorts.list().map(overviewOf),
      requests: log.newestFirst(PREVIEW_REQUESTS),
      jobs: treasureData.jobs.newestFirst().slice(0, PREVIEW_JOBS).map(previewOf),
    }),
  );

  app.put('/users', async (c) => {
    const input = await readInput(c, userBase);
    if (input instanceof Response) return input;
    const { userIds, deviceIds, aliases } = cohorts.setUserBase(input);
    return c.json({ userIds: userIds.size, deviceIds: deviceIds.size, aliases: aliases.size });
  });
  app.delete('/users', (c) => {
    cohorts.removeUserBase();
    return c.body(null, 204);
  });

  app.put('/refused', async (c) => {
    const input = await readInput(c, refused);
    return input instanceof Response ? input : c.json({ identifiers: state.refused.set(input) });
  });
  app.delete('/refused', (c) => {
    state.refused.set({});
    return c.body(null, 204);
  });

  app.get('/faults', (c) => c.json(faults.list()));
  app.post('/faults', async (c) => {
    const input = await readInput(c, faultOrder);
    return input instanceof Response ? input : c.json(faults.order(input), 201);
  });
  app.delete('/faults', (c) => {
    faults.clear(c.req.query('cohortId'));
    return c.body(null, 204);
  });

  app.delete('/hanging/:id', (c) => c.json({ answered: state.hanging.answer(c.req.param('id')) }));

  app.put('/rate-limit', async (c) => {
    const input = await readInput(c, rateLimit);
    if (input instanceof Response) return input;
    state.rateLimit.set(input);
    return c.json(input);
  });
  app.delete('/rate-limit', (c) => {
    state.rateLimit.set(null);
    return c.body(null, 204);
  });

  app.put('/concurrency', async (c) => {
    const input = await readInput(c, concurrency);
    if (input instanceof Response) return input;
    state.concurrency.set(input);
    return c.json(input);
  });
  app.delete('/concurrency', (c) => {
    state.concurrency.set({});
    return c.body(null, 204);
  });

  app.put('/partner', async (c) => {
    const input = await readInput(c, partner);
    if (input instanceof Response) return input;
    state.partnerEnabled = input.enabled;
    return c.json(input);
  });
  app.route('/treasure-data', treasureDataControl(treasureData));
  return app;
}

function unknownCohort(c: Context): Response {
  return c.json({ message: 'There is no cohort with this id' }, 404);
}

function previewOf(job: Job) {
  const { query } = job.request;
  const isLong = query.length > PREVIEW_QUERY;
  return { ...jobOverview(job), query: isLong ? `${query.slice(0, PREVIEW_QUERY)} …` : query };
}

function overviewOf({ id, name, createdAt, requests, members }: Cohort) {
  return {
    cohortId: id,
    name,
    createdAt,
    requests,
    size: members.size,
    userIds: members.userIds.size,
    deviceIds: members.deviceIds.size,
    aliases: members.aliases.size,
  };
}

/** Some members of each kind, the oldest: sorting a large cohort for a glance would take seconds. */
function preview(cohort: Cohort) {
  const { userIds, deviceIds, aliases } = cohort.members;
  return {
    ...overviewOf(cohort),
    first: {
      userIds: first(userIds, PREVIEW_MEMBERS),
      deviceIds: first(deviceIds, PREVIEW_MEMBERS),
      aliases: first(aliases, PREVIEW_MEMBERS),
    },
  };
}

function first<T>(items: Iterable<T>, count: number): T[] {
  const found: T[] = [];
  for (const item of items) {
    if (found.length === count) break;
    found.push(item);
  }
  return found;
}

/** All members, sorted, in pieces: the JSON of a large cohort does not fit into one string. */
function* membersJson({ members }: Cohort): Generator<Uint8Array, void, undefined> {
  yield Buffer.from('{"userIds":[');
  yield* elements([...members.userIds].sort());
  yield Buffer.from('],"deviceIds":[');
  yield* elements([...members.deviceIds].sort());
  yield Buffer.from('],"aliases":[');
  yield* elements(members.aliases.sorted());
  yield Buffer.from(']}');
}

const ELEMENTS_PER_PIECE = 5_000;

function* elements(items: Iterable<unknown>): Generator<Uint8Array, void, undefined> {
  let piece: string[] = [];
  let separator = '';
  for (const item of items) {
    piece.push(JSON.stringify(item));
    if (piece.length < ELEMENTS_PER_PIECE) continue;
    yield Buffer.from(separator + piece.join(','));
    separator = ',';
    piece = [];
  }
  if (piece.length > 0) yield Buffer.from(separator + piece.join(','));
}
