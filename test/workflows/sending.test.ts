import { readFile } from 'node:fs/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExportReport } from '../../src/domain/report.ts';
import { RESPONSE_WITHIN_MS, UNKNOWN_SETTLE_MS } from '../../src/domain/unanswered-requests.ts';
import { cancelInLanes, untilLanesKnow } from './cancel.ts';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { failureOf } from './failure-of.ts';
import { releaseIn } from './history-facts.ts';
import { keptByTemporal } from './kept-by-temporal.ts';
import { userNames } from './sandbox-control.ts';

let exports: ExportEnvironment;
/** Of its own for each test: a request without a response keeps the lock for a minute. */
let cohortId: string;

beforeAll(async () => {
  exports = await startExports({ latencyMs: 20 });
});
afterAll(() => exports[Symbol.asyncDispose]());
beforeEach(() => {
  cohortId = `cohort-${crypto.randomUUID()}`;
});
afterEach(() => exports.control.reset());

const users = (count: number) => ({
  type: 'duckdb',
  query: `SELECT 'user-' || i AS user_ids FROM range(${count}) t(i)`,
});
const order = (count: number, more: object = {}) => ({
  source: users(count),
  cohortId,
  operation: 'APPEND',
  ...more,
});

const requests = async () => (await exports.control.stats()).requests;
const userIds = async () => (await exports.control.membersOf(cohortId)).userIds;

const SKIP = { skipOnInvalidRecord: true };
/** The lanes of an export that a cancel should end. */
const LANES = 3;

describe('sending', () => {
  it.each([1, 3, 10])('an export has %i requests in flight, and no more', async (threadCount) => {
    await exports.control.fault({ kind: 'hang', on: 'users', times: threadCount });
    const handle = await exports.start(order(20_000, { threadCount }));
    await eventually(async () => expect(await requests()).toBe(1 + threadCount));
    await exports.control.answerHanging(cohortId);
    const report: ExportReport = await handle.result();
    expect(report.requests).toEqual({ accepted: 20, retried: 0 });
    expect(await exports.control.stats()).toMatchObject({ requests: 21, maxInFlight: threadCount });
    expect(await userIds()).toEqual(userNames(20_000));
  });

  it('an export removes as it adds', async () => {
    await exports.run(order(2_500));
    const report = await exports.run({ ...order(2_000), operation: 'REMOVE' });
    expect(report.identifiers.sent).toBe(2_000);
    const removed = new Set(userNames(2_000));
    expect(await userIds()).toEqual(userNames(2_500).filter((user) => !removed.has(user)));
  });

  it.each([
    ['423', { kind: 'status', status: 423, times: 3 }],
    ['429 with a wait', { kind: 'status', status: 429, times: 2, headers: { 'retry-after': '1' } }],
    ['500', { kind: 'status', status: 500, times: 3 }],
    ['503 in HTML', { kind: 'status', status: 503, times: 2, body: '<html>busy</html>' }],
    ['a reset', { kind: 'reset', times: 3 }],
    ['an answer that is lost', { kind: 'reset', times: 2, applied: true }],
  ])('an export rides out %s', async (_, fault) => {
    await exports.control.fault({ ...fault, on: 'users', after: 5 });
    const handle = await exports.start(order(20_000, { threadCount: 2 }));
    const report: ExportReport = await handle.result();
    expect(report.requests).toEqual({ accepted: 20, retried: fault.times });
    expect(report.identifiers).toMatchObject({ userIds: 20_000, sent: 20_000 });
    expect(await requests()).toBe(21 + fault.times);
    expect(await userIds()).toEqual(userNames(20_000));
    const { settleMs } = releaseIn(await handle.fetchHistory());
    expect(settleMs > 0).toBe(fault.kind === 'reset');
    expect(settleMs).toBeLessThan(RESPONSE_WITHIN_MS);
  });

  /** Identifiers that Braze refuses, as rows from 1. */
  const BAD_ROWS = [1, 12_345, 19_001];
  const refuse = (rows: readonly number[], message = 'invalid external_id: user-12344') => {
    const userIds = rows.map((row) => `user-${row - 1}`);
    return exports.control.send('PUT', 'refused', { userIds, message });
  };

  it('with skipOnInvalidRecord, identifiers that Braze refuses become rejects, and all others are sent', async () => {
    await refuse(BAD_ROWS);
    const handle = await exports.start(order(20_000, { threadCount: 3, ...SKIP }));
    const report: ExportReport = await handle.result();
    const bad = new Set(BAD_ROWS.map((row) => `user-${row - 1}`));
    expect(await userIds()).toEqual(userNames(20_000).filter((user) => !bad.has(user)));
    expect(report.identifiers).toMatchObject({ userIds: 20_000, sent: 19_997, refused: 3 });
    expect(report.rows).toEqual({ read: 20_000, accepted: 20_000, rejected: 0 });
    const { byStatus } = await exports.control.stats();
    expect(byStatus['201']).toBe(1 + report.requests.accepted);
    // The request, and at most one on each of ten levels.
    expect(byStatus['400']).toBeLessThanOrEqual(3 * (1 + 10));
    expect(await requests()).toBeLessThanOrEqual(1 + 20 + 3 * 2 * 10);
    expect(report.warnings).toEqual([expect.stringMatching(/^3 identifiers were refused/)]);
    const lines = (await readFile(report.rejects ?? '', 'utf8')).trimEnd().split('\n');
    const rejects = lines.map((line) => JSON.parse(line) as { row: number });
    expect(rejects.toSorted((a, b) => a.row - b.row)).toEqual(
      BAD_ROWS.map((row) => ({
        row,
        column: 'user_ids',
        reason: 'was refused by Braze: invalid external_id: …',
        value: expect.stringMatching(/^(?:us)?… \(\d+ characters\)$/),
      })),
    );
    expect(await keptByTemporal(handle)).not.toMatch(/user-\d/);
  });

  it('an export that is paused while it narrows a request down sends nothing again', async () => {
    await refuse([700]);
    await exports.control.fault({ kind: 'hang', on: 'users', after: 1 });
    const input = order(1_000, { threadCount: 1, ...SKIP });
    const handle = await exports.start(input);
    await eventually(async () => expect(await requests()).toBe(3));
    const paused = handle.executeUpdate('pause');
    await untilLanesKnow(handle, 1);
    await exports.control.answerHanging(cohortId);
    await paused;
    await eventually(async () =>
      expect((await exports.progress(handle)).identifiers.sent).toBe(500),
    );
    expect(await requests()).toBe(3);
    await handle.executeUpdate('resume');
    const { identifiers, requests: counts } = (await handle.result()) as ExportReport;
    expect(identifiers).toMatchObject({ sent: 999, refused: 1 });
    const accepted = (await exports.control.log()).filter(
      (each) => each.cohortId === cohortId && each.status === 201,
    );
    expect(accepted.reduce((sum, each) => sum + each.identifiers.userIds, 0)).toBe(999);
    expect(accepted).toHaveLength(1 + counts.accepted);
    expect(await requests()).toBeLessThanOrEqual(1 + 1 + 2 * 10);
  });

  it.each([
    ['without skipOnInvalidRecord', 'invalid external_id', {}],
    ['for another reason', '`cohort_id` must be a valid string', SKIP],
  ])('a 400 fails an export at once %s', async (_, message, more) => {
    await refuse([1], message);
    const handle = await exports.start(order(1_000, { ...more, threadCount: 1 }));
    const failure = await failureOf(handle);
    expect(failure).toMatchObject({ type: 'BrazeRejected' });
    expect(failure.message).toContain('Braze answered 400');
    expect(await requests()).toBe(2);
    expect(await userIds()).toEqual([]);
  });

  it('an export that is refused every identifier fails', async () => {
    await refuse([1, 2, 3]);
    const failure = await failureOf(await exports.start(order(3, { ...SKIP })));
    expect(failure).toMatchObject({ type: 'BrazeRejected' });
    const [, path = ''] = /reason for each: (\S+)\. /.exec(failure.message) ?? [];
    expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(3);
  });

  it('the lock also waits for the name of a cohort that had no response', async () => {
    await exports.control.fault(
      { kind: 'reset', on: 'cohorts' },
      { kind: 'status', on: 'cohorts', status: 400 },
    );
    const handle = await exports.start(order(10));
    expect(await failureOf(handle)).toMatchObject({ type: 'BrazeRejected' });
    const { settleMs } = releaseIn(await handle.fetchHistory());
    expect(settleMs).toBeGreaterThan(0);
    expect(settleMs).toBeLessThan(RESPONSE_WITHIN_MS);
  });

  it('an export gets only a few 429s where Braze has a rate limit', async () => {
    const [lanes, limit] = [4, 8];
    await exports.control.send('PUT', 'rate-limit', { limit, windowMs: 1_000 });
    const report = await exports.run(order(20_000, { threadCount: lanes }));
    expect(report.identifiers.sent).toBe(20_000);
    expect(report.requests.accepted).toBe(20);
    expect(await userIds()).toEqual(userNames(20_000));
    const { byStatus } = await exports.control.stats();
    const refused = byStatus['429'] ?? 0;
    expect(refused).toBeGreaterThan(0);
    // In each window each lane may have a request in flight when the limit is reached.
    expect(refused).toBeLessThanOrEqual(lanes * Math.ceil(21 / limit));
  });

  it('an export pauses in all lanes for as long as Braze asks', async () => {
    const headers = { 'retry-after': '5' };
    const since = new Date().toISOString();
    await exports.control.fault({ kind: 'status', on: 'users', status: 429, headers, after: 5 });
    await exports.run(order(20_000, { threadCount: 4 }));
    const log = (await exports.control.log()).filter(({ at }) => at > since);
    const [refusal] = log.filter(({ status }) => status === 429);
    const refusedAt = Date.parse(refusal?.at ?? '') + (refusal?.durationMs ?? 0);
    const sent = log.map(({ at }) => Date.parse(at) - refusedAt);
    // On a busy machine it takes a moment until the response is read.
    expect(sent.filter((ms) => ms > 1_000 && ms < 4_900)).toEqual([]);
    expect(sent.filter((ms) => ms >= 4_900).length).toBeGreaterThan(10);
    expect(sent).toHaveLength(22);
  });

  it('an export without rows names the cohort and warns', async () => {
    const report = await exports.run(order(0));
    expect(report.warnings).toEqual([expect.stringContaining('no rows')]);
    expect(report.requests.accepted).toBe(0);
    const cohorts = await exports.control.send<unknown[]>('GET', 'cohorts');
    expect(cohorts).toEqual([{ cohortId, name: cohortId, size: 0, requests: 0 }]);
  });

  it('errors that come with a success are warnings', async () => {
    await exports.control.fault({
      kind: 'status',
      on: 'users',
      status: 201,
      applied: true,
      body: { message: 'success', errors: ['one was invalid'] },
    });
    const report = await exports.run(order(10));
    expect(report.warnings).toEqual(['Braze accepted a request with errors: one was invalid']);
  });

  /** Cancels, and expects the end within seconds. */
  async function cancelled(handle: WorkflowHandle): Promise<void> {
    const cancelledAt = Date.now();
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow('cancelled');
    expect(Date.now() - cancelledAt).toBeLessThan(10_000);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  }

  it('an export stops within seconds when it is cancelled while its lanes wait for a retry', async () => {
    const headers = { 'retry-after': '60' };
    const fault = { kind: 'status', on: 'users', status: 503, headers, times: 'always' };
    await exports.control.fault(fault);
    const handle = await exports.start(order(30_000, { threadCount: LANES }));
    await eventually(async () => expect(await requests()).toBe(1 + LANES));
    await cancelled(handle);
    expect(await exports.progress(handle)).toMatchObject({
      stage: 'cancelled',
      identifiers: { sent: 0 },
    });
    expect(await requests()).toBe(1 + LANES);
    // Temporal does not say what the attempts before had heartbeated; it counts down as a new one runs.
    const { settleMs } = releaseIn(await handle.fetchHistory());
    expect(settleMs).toBeGreaterThan(RESPONSE_WITHIN_MS);
    expect(settleMs).toBeLessThanOrEqual(UNKNOWN_SETTLE_MS);
  });

  it('an export that is cancelled lets its requests in flight end, sends no more, and reports how far it got', async () => {
    await exports.control.fault({ kind: 'hang', on: 'users', after: 7, times: 'always' });
    const handle = await exports.start(order(30_000, { threadCount: LANES }));
    await eventually(async () => expect(await requests()).toBe(1 + 7 + LANES));
    await cancelInLanes(handle);
    expect(await exports.control.stats()).toMatchObject({ inFlight: LANES });
    expect(await exports.progress(handle)).toMatchObject({ stage: 'sending' });
    await exports.control.answerHanging(cohortId);
    await expect(handle.result()).rejects.toThrow('cancelled');
    const sent = (7 + LANES) * 1_000;
    expect(await exports.progress(handle)).toMatchObject({
      stage: 'cancelled',
      identifiers: { sent },
    });
    expect(await userIds()).toHaveLength(sent);
    expect(await requests()).toBe(1 + 7 + LANES);
    expect(releaseIn(await handle.fetchHistory()).settleMs).toBe(0);
  });

  it('an export that fails lets the requests of its other lanes end, and Temporal keeps how far it came', async () => {
    cohortId += '-long'.repeat(60);
    await exports.control.fault(
      { kind: 'hang', on: 'users', times: LANES - 1 },
      { kind: 'status', on: 'users', status: 400 },
    );
    const handle = await exports.start(order(30_000, { threadCount: LANES }));
    await eventually(async () => expect(await requests()).toBe(1 + LANES));
    await untilLanesKnow(handle, LANES - 1);
    expect(await exports.control.stats()).toMatchObject({ inFlight: LANES - 1 });
    await exports.control.answerHanging(cohortId);
    expect(await failureOf(handle)).toMatchObject({ type: 'BrazeRejected' });
    expect(await userIds()).toHaveLength((LANES - 1) * 1_000);
    expect(await requests()).toBe(1 + LANES);
    expect(releaseIn(await handle.fetchHistory()).settleMs).toBe(0);
    const { memo, searchAttributes } = await handle.describe();
    const sent = (LANES - 1) * 1_000;
    expect(memo).toMatchObject({ progress: { stage: 'failed', identifiers: { sent } } });
    expect(searchAttributes).toMatchObject({
      CohortId: [cohortId.slice(0, 255)],
      CohortConnection: ['main'],
      CohortOperation: ['APPEND'],
      CohortStage: ['failed'],
      CohortIdentifiersSent: [sent],
      CohortRowsRejected: [0],
    });
  });
});
