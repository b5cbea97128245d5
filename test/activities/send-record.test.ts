import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { SendRecord } from '../../src/activities/support/send-record.ts';
import {
  NOTHING_SENT_OF_CHUNK,
  type SendProgress,
  type Staging,
} from '../../src/domain/staging-port.ts';

const staged = { store: 's', location: 'runs/e/r.1', checksum: 'c' };
const chunk = { firstRequest: 0, requests: 10 };

/** What is logged while a chunk is recorded to a store, which opens its file once `opened` resolves. */
async function recordTo(
  progress: Partial<SendProgress>,
  opened: Promise<void> = Promise.resolve(),
): Promise<LogEntry[]> {
  const logged: LogEntry[] = [];
  const logger = new DefaultLogger('WARN', (entry) => logged.push(entry));
  const staging = {
    openSendProgress: async () => {
      await opened;
      return {
        read: async () => NOTHING_SENT_OF_CHUNK,
        [Symbol.asyncDispose]: async () => undefined,
        ...progress,
      };
    },
  } as unknown as Staging;
  await new MockActivityEnvironment({}, { logger }).run(async () => {
    await using record = new SendRecord();
    await record.open(staging, staged, chunk);
    expect(await record.read()).toEqual(NOTHING_SENT_OF_CHUNK);
    for (let done = 1; done <= chunk.requests; done += 1) {
      record.record({ done, accepted: done, identifiers: done, refused: 0 });
    }
  });
  return logged;
}

const hang = () => new Promise<never>(() => undefined);
const fail = () => Promise.reject(new Error('the disk is full'));

describe.concurrent('a disk that hangs', () => {
  it.each<[string, Partial<SendProgress>]>([
    ['read', { read: hang }],
    ['written', { record: hang, [Symbol.asyncDispose]: hang }],
  ])('stops neither sending nor the end of a chunk, and is logged: not %s', async (verb, disk) => {
    const logged = await recordTo(disk);
    expect(logged.map(({ meta }) => meta)).toMatchObject([{ reason: `not ${verb} within 5 s` }]);
  });

  it('does the same where the file is not opened; it is closed as soon as it is', async () => {
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const close = async () => closed.resolve();
    const logged = await recordTo({ record: fail, [Symbol.asyncDispose]: close }, opened);
    expect(logged.map(({ meta }) => meta)).toMatchObject([{ reason: 'not opened within 5 s' }]);
    open();
    await closed.promise;
  });
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
