import {
  cp,
  mkdir,
  mkdtemp,
  realpath,
  rename,
  rm,
  stat,
  statfs,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { failureOf } from './failure-of.ts';
import { userNames } from './sandbox-control.ts';

const USERS = 12_000;
/** Requests that are accepted before the fault. */
const ACCEPTED = 5;
const DISK_MB = 16;

let exports: ExportEnvironment;
/** Where the staging directory is: a small file system where this user may mount one. */
let folder: string;
let disk: AsyncDisposable | null;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'small-disk-')));
  disk = await mountSmallDisk(folder, DISK_MB);
  exports = await startExports({ staging: join(folder, 'staging') });
});
afterAll(async () => {
  await exports[Symbol.asyncDispose]();
  await disk?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const order = (cohortId: string, lanes = 1) => ({
  source: { type: 'duckdb', query: `SELECT 'user-' || i AS user_ids FROM range(${USERS}) t(i)` },
  cohortId,
  operation: 'APPEND',
  threadCount: lanes,
});

const requests = (cohortId: string) => exports.control.requestsFor(cohortId);
const members = async (cohortId: string) => (await exports.control.membersOf(cohortId)).userIds;

/** Starts an export that is in the middle of sending: Braze is down after the first requests. */
async function startInterrupted(cohortId: string): Promise<WorkflowHandle> {
  const fault = { kind: 'status', on: 'users', status: 503, cohortId, after: ACCEPTED };
  await exports.control.fault({ ...fault, times: 'always' });
  const handle = await exports.start(order(cohortId));
  await eventually(async () => expect(await requests(cohortId)).toBeGreaterThan(1 + ACCEPTED));
  return handle;
}

/** The messages of the failures that activities of a run are retried for. */
async function retriedFor(handle: WorkflowHandle): Promise<string> {
  const { raw } = await handle.describe();
  return (raw.pendingActivities ?? []).map(({ lastFailure }) => lastFailure?.message).join('\n');
}

/** The directory of a run's only attempt to stage. */
async function attemptOf(handle: WorkflowHandle): Promise<string> {
  const { runId } = await handle.describe();
  return join(exports.staging, 'runs', runId, `${runId}.1`);
}

describe.concurrent('staged rows that are damaged while an export sends', () => {
  it.each([
    [
      'a file of requests is shortened',
      async (attempt: string) => {
        const file = join(attempt, 'requests-000000');
        await truncate(file, (await stat(file)).size - 1);
      },
      'requests-000000 of the staged rows is missing, or is not as it was committed',
    ],
    [
      'the manifest is damaged',
      (attempt: string) => writeFile(join(attempt, 'manifest.json'), '{"rows":'),
      'is not the one that was committed',
    ],
    ['the directory is gone', (attempt: string) => rm(attempt, { recursive: true }), 'are gone'],
  ])('the export fails, and sends nothing else: %s', async (name, damage, words) => {
    const cohortId = name.replaceAll(' ', '-');
    const handle = await startInterrupted(cohortId);
    await damage(await attemptOf(handle));
    const failure = await failureOf(handle);
    expect(failure.type).toBe('StagingFailed');
    expect(failure.message).toContain(words);
    expect((await exports.progress(handle)).identifiers.sent).toBe(ACCEPTED * 1_000);
    const first = userNames(USERS).filter((user) => Number(user.slice(5)) < ACCEPTED * 1_000);
    expect(await members(cohortId)).toEqual(first);
  });
});

it('an export waits for the file system with its rows, and then goes on where it was', async () => {
  const cohortId = 'unmounted';
  const handle = await startInterrupted(cohortId);
  const away = join(folder, 'away');
  await rename(exports.staging, away);
  await mkdir(exports.staging);
  const before = await requests(cohortId);
  await eventually(async () => expect(await retriedFor(handle)).toContain('has no store/id'));
  // Another one comes in its place, as where a mount is wrong; even a copy of the rows is not used.
  await cp(join(away, 'runs'), join(exports.staging, 'runs'), { recursive: true });
  await new DirectoryStaging(exports.staging).prepare();
  await eventually(async () => expect(await retriedFor(handle)).toContain('is another one'));
  // The attempt that was under way when it went may have sent one more.
  expect((await requests(cohortId)) - before).toBeLessThanOrEqual(1);
  await exports.control.send('DELETE', 'faults');
  await rm(exports.staging, { recursive: true });
  await rename(away, exports.staging);
  await handle.result();
  expect(await members(cohortId)).toEqual(userNames(USERS));
});

it('two workers that do not share their staging directories do not send half an export', async () => {
  const cohortId = 'not-shared';
  const other = join(folder, 'other');
  await using _ = await exports.addWorker(other);
  const handle = await exports.start(order(cohortId, 4));
  expect((await handle.result()).requests).toEqual({ accepted: USERS / 1_000, retried: 0 });
  expect(await requests(cohortId)).toBe(1 + USERS / 1_000);
  expect(await members(cohortId)).toEqual(userNames(USERS));
});

it('an export goes on once there is room on the disk again', async ({ skip }) => {
  skip(disk === null, 'this user may not mount a small file system, so no disk was filled');
  const cohortId = 'full';
  const ballast = join(folder, 'ballast');
  const { bavail, bsize } = await statfs(folder);
  await writeFile(ballast, Buffer.alloc(bavail * bsize - 100_000));
  const handle = await exports.start(order(cohortId));
  await eventually(async () => {
    expect(await retriedFor(handle)).toContain('could not be written (ENOSPC): the disk is full');
  });
  expect(await requests(cohortId)).toBe(0);
  await rm(ballast);
  await handle.result();
  expect(await members(cohortId)).toEqual(userNames(USERS));
});
