import { globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { userNames } from './sandbox-control.ts';
import { startWorkerCase } from './worker-process.ts';

const HOUR_MS = 3_600_000;
/** Of the package `libfaketime` of Debian and Ubuntu. */
const [FAKETIME] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');

it('an export neither stalls nor gives up while the clock of its worker steps by hours', async ({
  skip,
}) => {
  if (FAKETIME === undefined) skip('libfaketime is not installed (apt-get install libfaketime)');
  const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
  await using _ = { [Symbol.asyncDispose]: () => connection.close() };
  await using test = await startWorkerCase({ latencyMs: 200 }, '', 'giveUpAfter: 1h');
  const { control, folder, startExport } = test;
  const clock = join(folder.root, 'clock');
  const step = (hours: number) => writeFile(clock, `${hours < 0 ? '' : '+'}${hours}h\n`);
  const refused = async () => (await control.log()).filter(({ status }) => status === 429).length;
  const headers = { 'retry-after': '2' };
  /** The clock steps while all requests are held back, between two failures in a row. */
  const stepBetweenFailures = async (hours: number) => {
    const before = await refused();
    await control.fault({ kind: 'status', status: 429, headers, on: 'users', times: 2 });
    await eventually(async () => expect(await refused()).toBe(before + 1));
    await step(hours);
    await eventually(async () => expect(await refused()).toBe(before + 2));
  };
  await step(0);
  const worker = await folder.startWorker({
    LD_PRELOAD: FAKETIME as string,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  });
  const handle = await startExport(new Client({ connection }), {
    source: { type: 'duckdb', query: "SELECT 'user-' || i AS user_ids FROM range(24000) t(i)" },
    threadCount: 1,
  });
  await eventually(async () => expect((await control.stats()).requests).toBeGreaterThan(1));
  for (const hours of [-3, 5]) await stepBetweenFailures(hours);
  expect(await handle.result()).toMatchObject({
    identifiers: { sent: 24_000 },
    requests: { accepted: 24, retried: 4 },
  });
  expect((await control.membersOf('vip')).userIds).toEqual(userNames(24_000));
  expect(await worker.end('SIGTERM')).toBe(0);
  const [lastLine = ''] = worker.output().trim().split('\n').slice(-1);
  const { time } = JSON.parse(lastLine) as { time: string };
  expect(Date.parse(time) - Date.now()).toBeGreaterThan(4 * HOUR_MS);
});
