import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineFailed } from '../../../src/sources/duckdb/error-text.ts';
import { start } from '../../support/processes.ts';
import { mountSmallDisk } from '../../support/small-disk.ts';
import { type Box, createBox } from './box.ts';
import { type Outcome, type RunnerInput, runQueries } from './run-queries.ts';

const BIG_SORT =
  "SELECT hash(i)::VARCHAR || repeat('x', 200) AS user_ids FROM range(300000) t(i) ORDER BY 1";
const NOBODY = 65_534;

let box: Box;
beforeAll(async () => {
  box = await createBox();
});
afterAll(() => box[Symbol.asyncDispose]());

async function run(query: string, input: Partial<RunnerInput> = {}): Promise<Outcome> {
  const { directory, spillDirectory } = box;
  const [outcome] = await runQueries(directory, { queries: [query], spillDirectory, ...input });
  return outcome as Outcome;
}

describe('a query that fails for what is outside of it', () => {
  it('is told when it needs too much memory', async () => {
    const query = "SELECT list('customer.number.' || i) FROM range(2000000) t(i)";
    const { failed, retry } = (await run(query, { memoryMb: 60 })) as Failed;
    expect(failed).toMatch(
      /^StagingFailed: The query needs more memory than the 60 MB that it may use\. DuckDB reported: .*Sort, group or join fewer rows.*, or raise worker\.memoryPerQuery\.$/,
    );
    expect(retry).toBe('briefly');
    // Raising it would change nothing where the machine has too little.
    const shared = (await run(query, { memoryMb: 60, isMemoryShare: true })) as Failed;
    expect(shared.failed).toContain('or lower worker.maxConcurrentQueries or give');
    expect(shared.failed).not.toContain('raise');
  });

  it('is told when the disk that it spills to is full, and succeeds once there is room', async ({
    skip,
  }) => {
    const spillDirectory = join(box.root, 'small-disk');
    await mkdir(spillDirectory);
    await using disk = await mountSmallDisk(spillDirectory, 3);
    skip(disk === null, 'a small file system can only be mounted as root');
    const input = { spillDirectory, memoryMb: 100, maxRows: 1 };
    const { failed, retry } = (await run(BIG_SORT, input)) as Failed;
    expect(failed).toMatch(
      /^StagingFailed: The disk of worker\.scratchDirectory is full\. DuckDB reported: failed to offload data block/,
    );
    expect(retry).toBe('backoff');
    await start(['mount', '-o', 'remount,size=200m', spillDirectory]).ended;
    expect(await run(BIG_SORT, input)).not.toHaveProperty('failed');
  });

  it('is told when the worker may not read a file, or write what it spills', async () => {
    await writeFile(join(box.directory, 'closed.csv'), 'user_ids\ns3cr3t\n', { mode: 0o000 });
    const spillDirectory = join(box.root, 'closed-spill');
    await mkdir(spillDirectory, { mode: 0o555 });
    for (const path of [box.root, box.directory]) await chmod(path, 0o755);
    // Root may read everything.
    const uid = process.getuid?.() === 0 ? NOBODY : undefined;
    const [read, spill] = (await runQueries(
      box.directory,
      { queries: ["SELECT user_ids FROM 'closed.csv'", BIG_SORT], spillDirectory, memoryMb: 60 },
      {},
      uid,
    )) as Failed[];
    expect(read).toEqual({
      failed:
        'SourceUnavailable: A data file could not be read (EACCES). DuckDB reported: Cannot open file "closed.csv": Permission denied (line 1, column 22 of the query). Give the worker\'s user access to it.',
      retry: 'backoff',
    });
    expect(spill?.failed).toMatch(
      /^StagingFailed: DuckDB could not use worker\.scratchDirectory \(EACCES\)\./,
    );
  });

  it.each([
    ['5', 'Input/output error', 'SourceUnavailable', '(EIO)'],
    ['116', 'Stale file handle', 'SourceUnavailable', '(ESTALE)'],
    ['2', 'No such file or directory', 'SourceUnavailable', 'moved or deleted'],
    ['24', 'Too many open files', 'SourceUnavailable', 'limit of open files'],
    ['28', 'No space left on device', 'StagingFailed', 'worker.scratchDirectory is full'],
    ['40', 'Too many levels of symbolic links', 'QueryFailed', 'IO Error'],
  ])('is told by the number of the error: %s, %s', (errno, text, type, words) => {
    const message = `Could not read from file "members.csv": ${text}`;
    const error = JSON.stringify({ exception_type: 'IO', exception_message: message, errno });
    const query = { ...box, query: "FROM 'members.csv'" };
    const failure = engineFailed(new Error(error), query);
    expect(failure.type).toBe(type);
    expect(failure.retry).toBe(type === 'QueryFailed' ? 'never' : 'backoff');
    expect(failure.message).toContain(words);
  });
});

type Failed = Extract<Outcome, { failed: string }>;
