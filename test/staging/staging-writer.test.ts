import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StagedSummary } from '../../src/domain/staging-port.ts';
import { DirectoryStagingWriter } from '../../src/staging/directory/directory-writer.ts';
import { readLine, splitLines } from '../../src/staging/staged-line.ts';

const FULL_FROM = 4_000;
const ONE = { userIds: 1, deviceIds: 0, aliases: 0 };
const summary: StagedSummary = {
  chunks: [],
  rows: { read: 0, accepted: 0, rejected: 0 },
  identifiers: { userIds: 0, deviceIds: 0, aliases: 0, repeated: 0 },
  fullestRequest: 0,
  rejectReasons: [],
  warnings: [],
};

let directory: string;
let writer: DirectoryStagingWriter;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staging-writer-'));
  const rejects = join(directory, 'kept', 'run.jsonl');
  writer = new DirectoryStagingWriter(
    { store: 's', location: 'there', directory, rejects },
    FULL_FROM,
  );
});
afterEach(async () => {
  await writer.abandon({ keepRejects: false });
});

const payloadOf = (index: number, length: number) => JSON.stringify([`${index}é`.padEnd(length)]);

async function readBack(): Promise<string[]> {
  const payloads: string[] = [];
  for (const name of (await readdir(directory)).filter((found) => found.startsWith('requests-'))) {
    const lines = splitLines(await readFile(join(directory, name)));
    expect(lines.length).toBeLessThanOrEqual(25);
    for (const line of lines) {
      const request = readLine(line, payloads.length);
      payloads.push(Buffer.from(request?.payload ?? []).toString());
    }
  }
  return payloads;
}

describe('the writer of staged rows', () => {
  it('is full once it holds enough, and not after it was drained', async () => {
    writer.append(payloadOf(0, FULL_FROM / 2), ONE, null);
    expect(writer.isFull).toBe(false);
    writer.append(payloadOf(1, FULL_FROM / 2), ONE, null);
    expect(writer.isFull).toBe(true);
    expect(await readdir(directory)).toEqual([]);
    await writer.drain();
    expect(writer.isFull).toBe(false);
    expect(await readBack()).toHaveLength(2);
  });

  it('counts rejects as well', async () => {
    const reject = { column: 'a', reason: 'x'.repeat(1_500), value: null };
    writer.append(payloadOf(0, FULL_FROM / 2), ONE, null);
    writer.reject({ ...reject, row: 1 });
    expect(writer.isFull).toBe(false);
    writer.reject({ ...reject, row: 2 });
    expect(writer.isFull).toBe(true);
    await writer.drain();
    expect(writer.isFull).toBe(false);
    expect((await stat(join(directory, 'rejects.jsonl'))).size).toBeGreaterThan(3_000);
  });

  it.each([
    ['after each request', 1],
    ['in the middle of files', 7],
    ['after several files', 60],
    ['at the end only', 1_000],
  ])('keeps each request in its place where it is drained %s', async (_, every) => {
    // One is beyond what the buffer has room for at first.
    const payloads = Array.from({ length: 130 }, (_, index) =>
      payloadOf(index, index === 65 ? 700_000 : 40 * index),
    );
    for (const [index, payload] of payloads.entries()) {
      writer.append(payload, ONE, null);
      if (index % every === every - 1) await writer.drain();
    }
    const staged = await writer.commit(summary);
    expect(await readBack()).toEqual(payloads);
    expect(staged.bytes).toBe(payloads.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
  });
});
