import { pbkdf2 } from 'node:crypto';
import { statSync } from 'node:fs';
import {
  appendFile,
  copyFile,
  readdir,
  readFile,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Chunk } from '../../src/domain/chunk-plan.ts';
import {
  NOTHING_SENT_OF_CHUNK,
  type SendProgress,
  type SentOfChunk,
  type StagedRows,
} from '../../src/domain/staging-port.ts';
import type { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { stageRows } from '../../src/staging/stage-rows.ts';
import { createStaging, options, place } from './create-staging.ts';
import { rowsOf } from './in-memory-source.ts';

const hang = promisify(pbkdf2);
/** Some tenths of a second each. */
const HANGING_ITERATIONS = 200_000;

const chunk: Chunk = { firstRequest: 100, requests: 40 };
const sent = (done: number): SentOfChunk => {
  return { done, accepted: done + 3, identifiers: done * 1_000 - 7, refused: done };
};

let staging: DirectoryStaging;
let staged: StagedRows;
const opened: SendProgress[] = [];

beforeEach(async () => {
  staging = await createStaging();
  staged = await stageRun('run-1');
});
afterEach(async () => {
  for (const progress of opened.splice(0)) await progress[Symbol.asyncDispose]();
});

async function stageRun(runId: string): Promise<StagedRows> {
  const writer = await staging.write({ ...place, runId });
  return await stageRows(rowsOf(['user_ids'], [['a']]), writer, options);
}

async function open(of = staged, part = chunk): Promise<SendProgress> {
  const progress = await staging.openSendProgress(of, part);
  opened.push(progress);
  return progress;
}

async function record(counts: readonly number[], progress?: SendProgress): Promise<void> {
  const to = progress ?? (await open());
  for (const done of counts) await to.record(sent(done));
}

const read = async (of = staged, part = chunk) => await (await open(of, part)).read();
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

const fileOf = ({ firstRequest, requests }: Chunk) =>
  join(staging.root, staged.location, `sent-${firstRequest}-${requests}`);

async function onlyFile(of = staged): Promise<string> {
  const names = await readdir(join(staging.root, of.location));
  const [name, ...others] = names.filter((found) => found.startsWith('sent-'));
  expect(others).toEqual([]);
  return join(staging.root, of.location, name as string);
}

describe('the progress of sending a chunk', () => {
  it('is nothing at first', async () => {
    expect(await read()).toEqual(NOTHING_SENT_OF_CHUNK);
  });

  it('is what was recorded last, also for another attempt', async () => {
    await record(upTo(13));
    expect(await read()).toEqual(sent(13));
    await record([14, 15]);
    expect(await read()).toEqual(sent(15));
  });

  it('reaches the whole chunk', async () => {
    await record(upTo(chunk.requests));
    expect(await read()).toEqual(sent(chunk.requests));
  });

  it('is written by other threads, and holds up nobody while the disk hangs', async () => {
    const progress = await open();
    const size = async () => (await stat(await onlyFile())).size;
    const lineBytes = await progress.record(sent(1)).then(size);
    // Every thread of Node that writes files is busy, as with a disk that hangs.
    const hanging = Array.from({ length: 8 }, () => hang('', '', HANGING_ITERATIONS, 64, 'sha512'));
    const recorded = upTo(20).map((done) => progress.record(sent(done)));
    expect(statSync(fileOf(chunk)).size).toBe(lineBytes);
    await Promise.all([...hanging, ...recorded]);
    expect(await read()).toEqual(sent(20));
  });

  it('is written one after another, the latest of those that wait', async () => {
    const progress = await open();
    await Promise.all(upTo(20).map((done) => progress.record(sent(done))));
    const written = (await readFile(await onlyFile(), 'latin1')).split('\n').slice(0, -1);
    expect(written.map((line) => Number.parseInt(line.replaceAll('\0', ''), 10))).toEqual([1, 20]);
    expect(await read()).toEqual(sent(20));
  });

  it('is as it was at the call, and whole before it is closed', async () => {
    const progress = await staging.openSendProgress(staged, chunk);
    const state = { ...sent(1) };
    const recorded = [progress.record(state)];
    Object.assign(state, sent(2));
    recorded.push(progress.record(state));
    Object.assign(state, sent(30));
    await progress[Symbol.asyncDispose]();
    await Promise.all(recorded);
    expect(await read()).toEqual(sent(2));
  });

  it('is not lowered by an older attempt that still runs', async () => {
    const older = await open();
    await record(upTo(5), older);
    await record([6, 7, 8, 9]);
    await record([6, 7], older);
    expect(await read()).toEqual(sent(9));
    expect(await older.read()).toEqual(sent(9));
  });

  it('is the most that any of several attempts recorded, in whatever order they write', async () => {
    const attempt = fc.record({ from: fc.nat(20), count: fc.nat(15) });
    let chunkNumber = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { maxLength: 4 }), fc.scheduler(), async (all, s) => {
        chunkNumber += 1;
        const part = { firstRequest: chunkNumber * 100, requests: 40 };
        const attempts = all.map(async ({ from, count }) => {
          const progress = await open(staged, part);
          for (let done = from + 1; done <= from + count; done += 1) {
            await s.schedule(Promise.resolve());
            await progress.record(sent(done));
          }
        });
        await s.waitFor(Promise.all(attempts));
        const most = Math.max(0, ...all.map(({ from, count }) => (count === 0 ? 0 : from + count)));
        expect((await read(staged, part)).done).toBe(most);
      }),
      { numRuns: 50 },
    );
  });

  it('is of the chunk and the staged rows that it was recorded for', async () => {
    // Nothing but their place tells the two apart.
    const other = { ...(await stageRun('run-2')), checksum: staged.checksum };
    await record(upTo(9));
    expect(await read(staged, { ...chunk, firstRequest: 140 })).toEqual(NOTHING_SENT_OF_CHUNK);
    expect(await read(staged, { ...chunk, requests: 41 })).toEqual(NOTHING_SENT_OF_CHUNK);
    expect(await read(other)).toEqual(NOTHING_SENT_OF_CHUNK);
    await copyFile(fileOf(chunk), await onlyFile(other));
    expect(await read(other)).toEqual(NOTHING_SENT_OF_CHUNK);
  });

  it('is closed to other users of the machine, and goes with the staged rows', async () => {
    await record([1]);
    expect((await stat(await onlyFile())).mode & 0o777).toBe(0o600);
    await staging.remove('export-1');
    await expect(open()).rejects.toMatchObject({
      type: 'StagingFailed',
      message: expect.stringContaining('their folder is gone'),
    });
  });
});

describe('a record that is torn', () => {
  it('counts as nothing, wherever the write ended', async () => {
    await record(upTo(3));
    const file = await onlyFile();
    const whole = await readFile(file);
    const lineBytes = whole.length / 3;
    for (let length = 2 * lineBytes; length < whole.length; length += 1) {
      await writeFile(file, whole.subarray(0, length));
      expect(await read()).toEqual(sent(2));
    }
  });

  it('counts as nothing where blocks of it did not reach the disk, and loses only itself', async () => {
    await record(upTo(10));
    const file = await onlyFile();
    const whole = await readFile(file);
    const lineBytes = whole.length / 10;
    for (let at = 9 * lineBytes; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = 0;
      await writeFile(file, damaged);
      expect(await read()).toEqual(sent(9));
    }
  });

  it('never counts more than was recorded, whatever is in the file', async () => {
    await record(upTo(10));
    const file = await onlyFile();
    const whole = await readFile(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        await writeFile(file, damaged);
        const found = await read();
        expect(found).toEqual(found.done === 0 ? NOTHING_SENT_OF_CHUNK : sent(found.done));
        expect(found.done).toBeGreaterThanOrEqual(9);
        expect(found.done).toBeLessThanOrEqual(10);
      }),
      { numRuns: 100 },
    );
    await writeFile(file, 'something else altogether'.repeat(100));
    expect(await read()).toEqual(NOTHING_SENT_OF_CHUNK);
  });

  it('is repaired by the next attempt, and what lies beyond the chunk is not read', async () => {
    await record(upTo(4));
    await truncate(await onlyFile(), 50);
    await record([2, 3]);
    expect(await read()).toEqual(sent(3));
    await record(upTo(chunk.requests));
    await appendFile(await onlyFile(), await readFile(await onlyFile()));
    expect(await read()).toEqual(sent(chunk.requests));
  });
});
