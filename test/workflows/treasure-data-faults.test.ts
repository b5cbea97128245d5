import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { queryingJob, TreasureData } from './treasure-data-exports.ts';

/** Well below what a test waits, and enough for an answer on a busy machine. */
const REQUEST_TIMEOUT_MS = 2_000;
const QUERY = "SELECT 'u1' AS user_ids";

const LOST = ['reset', 'hang', 'status'].flatMap((kind) =>
  ['td.issue', 'td.runSchedule'].map((on) => ({ kind, on })),
);
const PASSING = [
  { name: '503', kind: 'status', status: 503 },
  { name: '408', kind: 'status', status: 408 },
  { name: '429 with a wait', kind: 'status', status: 429, headers: { 'Retry-After': '2' } },
  { name: 'a reset', kind: 'reset' },
  { name: 'no answer', kind: 'hang' },
];

/** A Treasure Data for each test that orders faults, so that they run side by side. */
const own = new Map<string, TreasureData>();
let held: TreasureData;
let exports: ExportEnvironment;

beforeAll(async () => {
  const names = [
    ...LOST.map(({ kind, on }) => `lost-${kind}-${on}`),
    ...PASSING.map(({ name }) => name),
    'growing',
    'ended',
    'late',
    'unanswered',
    'unstoppable',
    'going on',
  ];
  for (const name of names) own.set(name, await TreasureData.start());
  held = await TreasureData.start({ jobTimes: { hold: 'running' } });
  const connections = [...own].map(([name, treasureData]) => treasureData.connection(`'${name}'`));
  exports = await startExports({
    treasureData: [...connections, held.connection('held')],
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
});
afterAll(async () => {
  await exports[Symbol.asyncDispose]();
  await Promise.all([...own.values(), held].map(({ sandbox }) => sandbox.close()));
});

function ownTreasureData(name: string): TreasureData {
  const found = own.get(name);
  if (found === undefined) throw new Error(`${name} was not started`);
  return found;
}

const source = (connection: string, query = QUERY) => ({
  type: 'treasureData',
  connection,
  database: 'd',
  engine: 'trino',
  query,
});
const order = (cohortId: string, from: object) => ({
  source: from,
  cohortId,
  operation: 'APPEND',
});
const saved = (connection: string, savedQuery = 'saved') => ({
  type: 'treasureData',
  connection,
  savedQuery,
});
const save = (treasureData: TreasureData, name = 'saved', query = QUERY) =>
  treasureData.control.send('PUT', `treasure-data/saved-queries/${name}`, { database: 'd', query });

describe.concurrent('lost responses', () => {
  it.each(LOST)(
    'a query whose response is lost by $kind on $on is started once',
    async ({ kind, on }) => {
      const connection = `lost-${kind}-${on}`;
      const treasureData = ownTreasureData(connection);
      await save(treasureData);
      const status = kind === 'status' ? { status: 502 } : {};
      await treasureData.control.fault({ kind, on, applied: true, ...status });
      const from = on === 'td.issue' ? source(connection) : saved(connection);
      const cohortId = `lost-${kind}-${on.replace('.', '-')}`;
      await exports.run(order(cohortId, from));
      expect(await treasureData.jobs()).toMatchObject([{ status: 'success' }]);
      expect(await treasureData.requests(on)).toMatchObject([{ fault: kind }, { status: 409 }]);
      expect((await exports.control.membersOf(cohortId)).userIds).toEqual(['u1']);
    },
  );
});

describe.concurrent('passing trouble', () => {
  it.each(PASSING)(
    'an export rides out $name, to its issue, status and show',
    async ({ name, ...fault }) => {
      const treasureData = ownTreasureData(name);
      const routes = ['td.issue', 'td.status', 'td.show'];
      await treasureData.control.fault(...routes.map((on) => ({ ...fault, on })));
      const cohortId = name.replaceAll(' ', '-');
      const handle = await exports.start(order(cohortId, source(name)));
      await handle.result();
      expect(await treasureData.jobs()).toHaveLength(1);
      for (const route of routes) {
        const [first, second] = await treasureData.requests(route);
        expect(first).toMatchObject({ fault: fault.kind });
        expect(second).toMatchObject({ fault: null, status: 200 });
        const waitedMs = Date.parse(second?.at ?? '') - Date.parse(first?.at ?? '');
        if (fault.status === 429) expect(waitedMs).toBeGreaterThanOrEqual(2_000);
      }
      expect((await exports.control.membersOf(cohortId)).userIds).toEqual(['u1']);
      // There are few attempts to stage, and none of them is for what passes.
      const { events } = await handle.fetchHistory();
      const staging = events?.find(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'stageRows',
      );
      const started = events?.find(({ activityTaskStartedEventAttributes: attributes }) =>
        staging?.eventId?.eq(attributes?.scheduledEventId ?? 0),
      );
      expect(started?.activityTaskStartedEventAttributes?.attempt).toBe(1);
    },
  );

  it('an export survives passing trouble with growing waits, whichever attempt waits', async () => {
    const treasureData = ownTreasureData('growing');
    await treasureData.control.fault({ kind: 'status', status: 500, on: 'td.status', times: 2 });
    await exports.run(order('growing', source('growing')));
    const at = (await treasureData.requests('td.status')).map((each) => Date.parse(each.at));
    const [first = 0, second = 0, third = 0] = at;
    expect(second - first).toBeGreaterThanOrEqual(700);
    expect(third - second).toBeGreaterThanOrEqual(1_450);
  });

  it('an export survives passing trouble with growing waits, also after it knows that the job ended', async () => {
    const treasureData = ownTreasureData('ended');
    await treasureData.control.fault(
      { kind: 'fail', stderr: 'Query failed: no' },
      { kind: 'status', status: 500, on: 'td.show', times: 2 },
    );
    const handle = await exports.start(order('ended', source('ended')));
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'QueryFailed' } });
    const at = (await treasureData.requests('td.show')).map((each) => Date.parse(each.at));
    const [first = 0, second = 0, third = 0] = at;
    expect(second - first).toBeGreaterThanOrEqual(700);
    expect(third - second).toBeGreaterThanOrEqual(1_450);
  });
});

describe.concurrent('long jobs', () => {
  it('a long job is polled again and again', async () => {
    const treasureData = ownTreasureData('going on');
    await treasureData.hold('running');
    const handle = await exports.start(order('going-on', source('going on')));
    const jobId = await queryingJob(exports, handle);
    await eventually(async () =>
      expect((await treasureData.requests('td.status', jobId)).length).toBeGreaterThanOrEqual(3),
    );
    expect(await exports.progress(handle)).toMatchObject({
      stage: 'querying',
      note: `waiting for job ${jobId}`,
    });
    await treasureData.hold(null);
    await handle.result();
    expect((await exports.control.membersOf('going-on')).userIds).toEqual(['u1']);
  });
});

describe.concurrent('cancellation', () => {
  /** Cancels, and expects that nothing was sent, within seconds. */
  async function cancelled(handle: Awaited<ReturnType<ExportEnvironment['start']>>, id: string) {
    const cancelledAt = Date.now();
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow('cancelled');
    expect(Date.now() - cancelledAt).toBeLessThan(10_000);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(await exports.progress(handle)).toMatchObject({ stage: 'cancelled' });
    expect(await exports.control.requestsFor(id)).toBe(0);
  }

  it.each(['query', 'savedQuery'])('cancelling kills the job of a %s', async (form) => {
    const query = `SELECT '${form}' AS user_ids`;
    await save(held, form, query);
    const from = form === 'query' ? source('held', query) : saved('held', form);
    const handle = await exports.start(order(`cancelled-${form}`, from));
    const jobId = await queryingJob(exports, handle);
    await cancelled(handle, `cancelled-${form}`);
    expect(await held.jobOf(query)).toMatchObject({ jobId, status: 'killed' });
  });

  it('cancelling never kills a job that the export did not start', async () => {
    const jobId = await held.issue("SELECT 'of others' AS user_ids");
    const from = { type: 'treasureData', connection: 'held', jobId };
    const handle = await exports.start(order('of-others', from));
    await queryingJob(exports, handle);
    await cancelled(handle, 'of-others');
    expect((await held.job(jobId)).status).toBe('running');
    expect(await held.requests('td.kill', jobId)).toEqual([]);
  });

  it.each([
    ['late', { kind: 'latency', ms: 1_500 }],
    ['unanswered', { kind: 'hang', applied: true }],
  ])('cancelling before the response, %s, kills the job', async (name, fault) => {
    const treasureData = ownTreasureData(name);
    await treasureData.hold('running');
    await treasureData.control.fault({ ...fault, on: 'td.issue' });
    const handle = await exports.start(order(name, source(name)));
    await eventually(async () => expect(await treasureData.count('td.issue')).toBe(1));
    expect(await exports.progress(handle)).toMatchObject({ note: 'starting the query' });
    await cancelled(handle, name);
    expect(await treasureData.jobs()).toMatchObject([{ status: 'killed' }]);
  });

  it('cancelling retries to kill a job, and does not wait for hours', async () => {
    const treasureData = ownTreasureData('unstoppable');
    await treasureData.hold('running');
    const headers = { 'Retry-After': '3000' };
    await treasureData.control.fault({ kind: 'status', status: 429, on: 'td.kill', headers });
    const handle = await exports.start(order('unstoppable', source('unstoppable')));
    await queryingJob(exports, handle);
    await cancelled(handle, 'unstoppable');
    expect(await treasureData.jobs()).toMatchObject([{ status: 'killed' }]);
  });
});
