import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { failureOf } from './failure-of.ts';
import { TreasureData } from './treasure-data-exports.ts';

const ROWS = 30_000;

let exports: ExportEnvironment;
let treasureData: TreasureData;

beforeAll(async () => {
  exports = await startExports({ requestTimeoutMs: 2_000 });
  treasureData = new TreasureData(exports.sandbox);
});
afterAll(() => exports[Symbol.asyncDispose]());

/** A job whose result is too large to come in one piece, and what to order for it. */
async function largeResult(cohortId: string) {
  // What is hashed does not compress: 16 bytes a row and more.
  const jobId = await treasureData.finished(
    `SELECT md5('${cohortId}' || i) AS user_ids FROM range(${ROWS}) t(i)`,
  );
  const fault = (kind: string, more: object = {}) => ({ kind, on: 'td.result', jobId, ...more });
  const start = () =>
    exports.start({
      source: { type: 'treasureData', jobId },
      cohortId,
      operation: 'APPEND',
    });
  return { jobId, fault, start };
}

async function allArrived(handle: WorkflowHandle, cohortId: string): Promise<void> {
  expect(await handle.result()).toMatchObject({
    rows: { read: ROWS, accepted: ROWS, rejected: 0 },
    identifiers: { userIds: ROWS, sent: ROWS, repeated: 0 },
  });
  expect(new Set((await exports.control.membersOf(cohortId)).userIds).size).toBe(ROWS);
}

async function nothingArrived(handle: WorkflowHandle, cohortId: string): Promise<string> {
  const { type, message } = await failureOf(handle);
  expect(type).toBe('SourceUnavailable');
  expect(message).toContain('Nothing was sent.');
  expect(await exports.control.requestsFor(cohortId)).toBe(0);
  return message;
}

const resultRequests = (jobId: string) => treasureData.requests('td.result', jobId);

describe.concurrent('a download', () => {
  it('a download that is cut resumes after the last byte, twice', async () => {
    const { jobId, fault, start } = await largeResult('cut');
    await treasureData.control.fault(
      fault('cut', { bytes: 200_000 }),
      fault('cut', { bytes: 150_000 }),
    );
    await allArrived(await start(), 'cut');
    expect(await resultRequests(jobId)).toMatchObject([
      { fault: 'cut', status: 200, range: null },
      { fault: 'cut', status: 206, range: expect.stringMatching(/^bytes=[1-9]\d*-$/) },
      { fault: null, status: 206, range: expect.stringMatching(/^bytes=[1-9]\d*-$/) },
    ]);
    const [, second, third] = await resultRequests(jobId);
    const offset = (range = '') => Number(range?.replace(/\D/g, ''));
    expect(offset(third?.range ?? '')).toBeGreaterThan(offset(second?.range ?? ''));
  });

  it('a download starts again where the result has changed since it was cut', async () => {
    const { jobId, fault, start } = await largeResult('renewed');
    await treasureData.control.fault(fault('cut', { bytes: 200_000 }), fault('renew'));
    await allArrived(await start(), 'renewed');
    expect((await resultRequests(jobId)).map(({ status, range }) => [status, range])).toEqual([
      [200, null],
      [200, expect.stringMatching(/^bytes=/)],
      [200, null],
    ]);
  });

  it('a download that is never the same result twice is given up', async () => {
    const { jobId, fault, start } = await largeResult('changing');
    const change = [fault('cut', { bytes: 200_000 }), fault('renew')];
    await treasureData.control.fault(...change, ...change, ...change);
    const message = await nothingArrived(await start(), 'changing');
    expect(message).toContain('the result changed while it was read');
    expect(await resultRequests(jobId)).toHaveLength(6);
  });

  it('a download that is cut off each time is given up, and nothing is sent', async () => {
    const { fault, start } = await largeResult('short');
    await treasureData.control.fault(fault('truncate', { of: 'rows', times: 'always' }));
    const message = await nothingArrived(await start(), 'short');
    expect(message).toContain(`the last row, row ${ROWS}, is truncated`);
  });

  it('a download survives passing trouble, at its start and where it resumes', async () => {
    const { jobId, fault, start } = await largeResult('trouble');
    const cut = fault('cut', { bytes: 100_000 });
    await treasureData.control.fault(
      fault('status', { status: 503 }),
      cut,
      fault('hang'),
      cut,
      fault('reset'),
      cut,
      fault('status', { status: 429, headers: { 'Retry-After': '1' } }),
    );
    await allArrived(await start(), 'trouble');
    const requests = await resultRequests(jobId);
    expect(requests.map((request) => [request.fault, request.status])).toEqual([
      ['status', 503],
      ['cut', 200],
      ['hang', null],
      ['cut', 206],
      ['reset', null],
      ['cut', 206],
      ['status', 429],
      [null, 206],
    ]);
    expect(await treasureData.requests('td.show', jobId)).toHaveLength(1);
  });

  it('a download of an expired result says so at once', async () => {
    const { jobId, start } = await largeResult('expired');
    await treasureData.control.send('POST', `treasure-data/jobs/${jobId}/expire`);
    const { type, message } = await failureOf(await start());
    expect(type).toBe('QueryFailed');
    expect(message).toMatch(
      new RegExp(
        `The result of Treasure Data's job ${jobId} is gone: results are kept for 7 days\\. The job ended at \\d{4}-`,
      ),
    );
    expect(await resultRequests(jobId)).toHaveLength(1);
    expect(await exports.control.requestsFor('expired')).toBe(0);
  });

  it('a download that is rejected fails at once', async () => {
    const { jobId, fault, start } = await largeResult('refused');
    await treasureData.control.fault(fault('status', { status: 401 }));
    expect((await failureOf(await start())).type).toBe('SourceUnauthorized');
    expect(await resultRequests(jobId)).toHaveLength(1);
  });
});
