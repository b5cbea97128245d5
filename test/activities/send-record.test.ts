import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { SendRecord } from '../../src/activities/support/send-record.ts';
import {
  NOTHING_SENT_OF_CHUNK,
  type SendProgress,
  type Staging,
} from '../../src/domain/staging-port.ts';

const staged = { store: 's', location: 'runs/e/r.1', checksum: 'c' };
const chunk = { firstRequest: 0, requests: 10 };

/** What is logged while a chunk is recorded to a store. */
async function recordTo(progress: Partial<SendProgress>): Promise<LogEntry[]> {
  const logged: LogEntry[] = [];
  const logger = new DefaultLogger('WARN', (entry) => logged.push(entry));
  const staging = {
    openSendProgress: async () => ({
      read: async () => NOTHING_SENT_OF_CHUNK,
      [Symbol.asyncDispose]: async () => undefined,
      ...progress,
    }),
  } as unknown as Staging;
  await new MockActivityEnvironment({}, { logger }).run(async () => {
    await using record = new SendRecord();
    await record.open(staging, staged, chunk);
    for (let done = 1; done <= chunk.requests; done += 1) {
      record.record({ done, accepted: done, identifiers: done, refused: 0 });
    }
  });
  return logged;
}

const hang = () => new Promise<void>(() => undefined);
const fail = () => Promise.reject(new Error('the disk is full'));

it('a disk that hangs stops neither sending nor the end of a chunk, and is logged', async () => {
  const logged = await recordTo({ record: hang, [Symbol.asyncDispose]: hang });
  expect(logged.map(({ meta }) => meta)).toMatchObject([{ reason: 'not written within 5 s' }]);
});

it('a disk that fails is logged once, and the file is closed', async () => {
  let closed = 0;
  const logged = await recordTo({
    record: fail,
    [Symbol.asyncDispose]: async () => {
      closed += 1;
    },
  });
  expect(logged.map(({ meta }) => meta)).toMatchObject([{ reason: 'the disk is full' }]);
  expect(closed).toBe(1);
});

it('a disk that works is not mentioned', async () => {
  expect(await recordTo({ record: async () => undefined })).toEqual([]);
});
