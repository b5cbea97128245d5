import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NOTHING_SENT } from '../../src/activities/support/send-requests.ts';
import { type ChunkState, sendStaged } from '../../src/activities/support/send-staged.ts';
import { NOTHING_OF_CHUNK } from '../../src/domain/chunk-progress.ts';
import type { Destination } from '../../src/domain/destination-port.ts';
import type { StagedRows } from '../../src/domain/staging-port.ts';
import type { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { createStaging, failureOf, namespace, stageIn, users } from '../staging/create-staging.ts';
import type { SandboxControl } from '../workflows/sandbox-control.ts';
import { type BrazeWithCohort, startBraze } from './braze-destination.ts';

const COHORT = { cohortId: 'vip', cohortName: 'VIP', createdAt: '2026-11-21T12:00:00.000Z' };
const USERS = 3_000;

let brazeWithCohort: BrazeWithCohort;
let control: SandboxControl;
let destination: Destination;
let staging: DirectoryStaging;
let staged: StagedRows;

beforeEach(async () => {
  brazeWithCohort = await startBraze(COHORT);
  ({ control, destination } = brazeWithCohort);
  staging = await createStaging();
  // The first row is a reject of its own.
  staged = await stageIn(staging, ['user_ids'], [[''], ...users(USERS)]);
});
afterEach(() => brazeWithCohort[Symbol.asyncDispose]());

const refuse = (indexes: readonly number[]) =>
  control.send('PUT', 'refused', { userIds: indexes.map((index) => `user-${index}`) });

/** An attempt to send all that was staged. `state` is what an earlier one left, and is changed. */
async function attempt(state: ChunkState): Promise<ChunkState> {
  const { signal } = new AbortController();
  const sending = {
    state,
    send: (call: (request: { signal: AbortSignal }) => Promise<string | null>) => call({ signal }),
    destination,
    cohortId: COHORT.cohortId,
    rejects: staging.rejectsOf(staged, namespace),
    addReject: (reject: Parameters<typeof staging.addReject>[2]) =>
      staging.addReject(staged, namespace, reject),
  };
  const { done } = state;
  const rest = { firstRequest: done, requests: USERS / 1_000 - done };
  for await (const request of staging.read(staged, rest)) await sendStaged(sending, request);
  return state;
}

const fresh = (): ChunkState => ({ ...NOTHING_SENT, ...NOTHING_OF_CHUNK });

/** Identifiers in all requests that were accepted. */
async function acceptedUsers(): Promise<number> {
  const log = await control.log();
  const accepted = log.filter(({ status }) => status === 201);
  return accepted.reduce((sum, { identifiers }) => sum + identifiers.userIds, 0);
}

async function rejectedRows(): Promise<number[]> {
  const lines = (await readFile(staging.rejectsOf(staged, namespace), 'utf8')).split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => (JSON.parse(line) as { row: number }).row);
}

it('an attempt after a failure continues in the middle of a request', async () => {
  await refuse([1_003, 1_999]);
  await control.fault({ kind: 'status', status: 503, on: 'users', after: 14 });
  const state = fresh();
  expect(await failureOf(attempt(state))).toMatchObject({ type: 'BrazeUnavailable' });
  expect(state).toMatchObject({ done: 1, refused: 1 });
  expect(state.settled).toBeGreaterThan(0);
  await attempt(state);
  expect(state).toMatchObject({ done: 3, settled: 0, identifiers: USERS - 2, refused: 2 });
  expect(await acceptedUsers()).toBe(USERS - 2);
  expect(await rejectedRows()).toEqual([1, 1_005, 2_001]);
  expect(state.rejects).toBe(staged.rejects);
});

it('an attempt after a lost one sends a request again, and adds no reject twice', async () => {
  await refuse([1_003, 1_700]);
  await control.fault({ kind: 'reset', on: 'users', after: 30 });
  // What the lost attempt had recorded last.
  const before = { ...fresh(), done: 1, accepted: 1, identifiers: 1_000 };
  await attempt(fresh()).catch(() => undefined);
  expect(await rejectedRows()).toContain(1_005);
  const state = await attempt(before);
  expect(state).toMatchObject({ done: 3, identifiers: USERS - 2, refused: 2 });
  expect(await rejectedRows()).toEqual([1, 1_005, 1_702]);
  const { userIds } = await control.membersOf(COHORT.cohortId);
  expect(userIds).toHaveLength(USERS - 2);
});

it('fifty refused identifiers of a chunk are skipped, and one more fails it', async () => {
  const fifty = Array.from({ length: 50 }, (_, i) => i * 59);
  await refuse(fifty);
  expect(await attempt(fresh())).toMatchObject({ refused: 50, identifiers: USERS - 50 });
  await refuse([...fifty, USERS - 1]);
  const state = fresh();
  const failure = await failureOf(attempt(state));
  expect(failure).toMatchObject({ type: 'BrazeRejected', retry: 'never' });
  expect(failure.message).toContain('More than 50 identifiers of one chunk were refused');
  expect(failure.message).toContain(staging.rejectsOf(staged, namespace));
  expect(state.refused).toBe(50);
  expect(await rejectedRows()).toHaveLength(1 + 50);
});
