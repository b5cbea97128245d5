import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { braze } from '../../src/destinations/braze/destination.ts';
import type { ExportError } from '../../src/domain/failures.ts';
import { duckdb } from '../../src/sources/duckdb/source.ts';
import { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { Scratch } from '../../src/staging/scratch.ts';
import { StagingProcesses } from '../../src/staging/staging-processes.ts';
import { place } from './create-staging.ts';

let root: string;
let processes: StagingProcesses;
beforeEach(async ({ skip }) => {
  skip(process.platform !== 'linux', 'the processes are found in /proc, which is of Linux');
  root = realpathSync(mkdtempSync(join(tmpdir(), 'staging-processes-')));
  mkdirSync(join(root, 'data'));
  const store = new DirectoryStaging(join(root, 'staging'));
  await store.prepare();
  processes = new StagingProcesses({
    store,
    scratch: new Scratch(join(root, 'scratch')),
    memoryMb: 100,
    isMemoryShare: false,
    cacheDirectory: join(root, 'cache'),
    modules: [duckdb.reader.href, braze.format.href],
    certificates: {},
  });
});
afterEach(async () => {
  if (process.platform !== 'linux') return;
  processes[Symbol.dispose]();
  await expect.poll(ownProcesses).toEqual([]);
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

const never = new AbortController().signal;

const ENDLESS = 'SELECT i::VARCHAR AS user_ids FROM range(100000000) t(i)';

interface How {
  readonly signal?: AbortSignal;
  readonly run?: number;
  /** The URL of the module that reads the source. */
  readonly reader?: string;
  readonly onProgress?: (rows: number) => void;
  /** Of the connection. */
  readonly directory?: string;
}

/** `underWay` resolves when the process has reported rows. */
function stageForLong(signal: AbortSignal, run = 0) {
  const underWay = Promise.withResolvers<number>();
  const staging = stage(ENDLESS, { signal, run, onProgress: underWay.resolve });
  staging.catch(underWay.reject);
  return { staging, underWay: underWay.promise };
}

function stage(
  query: string,
  {
    signal = never,
    run = 0,
    reader = duckdb.reader.href,
    onProgress = () => undefined,
    directory = 'data',
  }: How = {},
) {
  return processes.run(
    {
      source: {
        reader,
        data: { directory: join(root, directory), query, scheduledTime: new Date(0).toISOString() },
      },
      format: braze.format.href,
      place: { ...place, exportRunId: 'e', runId: `r${run}` },
      operation: 'APPEND',
      aliases: [],
      threadCount: 1,
      skipOnInvalidRecord: false,
    },
    { signal, onProgress },
  );
}

/** The staging processes of this test. */
function ownProcesses(): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const isOwn = status.includes(`PPid:\t${process.pid}\n`);
      const isStaging = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('staging-process');
      return isOwn && isStaging ? [Number(name)] : [];
    } catch {
      // It has ended, or is another user's.
      return [];
    }
  });
}

describe('staging processes', () => {
  it('are ready before there is a job, and again for the next', async () => {
    await expect.poll(ownProcesses).toHaveLength(1);
    const [first] = ownProcesses();
    const { rows } = await stage("SELECT 'a' AS user_ids");
    expect(rows).toEqual({ read: 1, accepted: 1, rejected: 0 });
    // Not at once: what the export does next would have to share the machine with it.
    expect(ownProcesses()).toEqual([]);
    await expect.poll(ownProcesses).toHaveLength(1);
    expect(ownProcesses()).not.toContain(first);
  });

  it('are not made ready beside a job', async () => {
    await expect.poll(ownProcesses).toHaveLength(1);
    const cancel = new AbortController();
    const { staging, underWay } = stageForLong(cancel.signal);
    // Told a second after its begin at the earliest: longer than it takes to start one.
    await underWay;
    expect(ownProcesses()).toHaveLength(1);
    cancel.abort(new Error('cancelled'));
    await expect(staging).rejects.toThrow('cancelled');
    await expect.poll(ownProcesses).toHaveLength(1);
  });

  it('work at once where there are two jobs at once', async () => {
    const cancel = new AbortController();
    const jobs = [1, 2].map((run) => stageForLong(cancel.signal, run));
    const ends = Promise.allSettled(jobs.map(({ staging }) => staging));
    await Promise.all(jobs.map(({ underWay }) => underWay));
    expect(ownProcesses()).toHaveLength(2);
    cancel.abort(new Error('cancelled'));
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('say what to do about a file without a header, and show none of it', async () => {
    writeFileSync(join(root, 'data', 'members.csv'), '9007199254\n9007199255\n');
    const failure = await stage("FROM 'members.csv'").then(
      () => null,
      (error: unknown) => error as ExportError,
    );
    expect(failure?.type).toBe('MissingColumns');
    expect(failure?.message).toContain(
      `"members.csv" seems to have no header line, so name its columns in order: FROM read_csv('members.csv', header = false, names = ['user_ids']).`,
    );
    expect(failure?.message).not.toContain('90071992');
  });

  it('stage a file as it stands, with warnings of what looks odd', async () => {
    const values = [
      ...Array.from({ length: 30_000 }, (_, row) => row),
      '007',
      '1e5',
      'NULL',
      '7.0',
    ];
    writeFileSync(join(root, 'data', 'members.csv'), `user_ids\n${values.join('\n')}\n`);
    const { rows, warnings } = await stage("FROM 'members.csv'", { run: 1 });
    expect(rows).toEqual({ read: 30_004, accepted: 30_004, rejected: 0 });
    expect(warnings).toEqual([
      expect.stringContaining('1 identifier (in "user_ids") looks like a missing value'),
      expect.stringContaining('1 identifier (in "user_ids") ends in .0'),
    ]);
    const staged = globSync(join(root, 'staging', 'runs', '**', '*'))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, 'utf8'))
      .join('');
    for (const value of ['007', '1e5', 'NULL', '7.0']) expect(staged).toContain(`"${value}"`);
  });

  it('read what a link leads to when the query runs, and say what they read', async () => {
    const day = (name: string, ids: string, time: number) => {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, 'members.csv'), `user_ids\n${ids}\n`);
      utimesSync(join(root, name, 'members.csv'), time, time);
    };
    day('monday', 'a', 1_000_000_000);
    day('tuesday', 'b\nc', 1_000_086_400);
    const flip = (name: string) => {
      symlinkSync(name, join(root, 'next'));
      renameSync(join(root, 'next'), join(root, 'current'));
    };
    const read = (run: number) => stage("FROM 'members.csv'", { run, directory: 'current' });
    flip('monday');
    expect(await read(1)).toMatchObject({
      rows: { read: 1 },
      data: { location: join(root, 'monday'), modifiedAt: '2001-09-09T01:46:40.000Z' },
    });
    flip('tuesday');
    expect(await read(2)).toMatchObject({
      rows: { read: 2 },
      data: { location: join(root, 'tuesday'), modifiedAt: '2001-09-10T01:46:40.000Z' },
    });
    flip('wednesday');
    await expect(read(3)).rejects.toMatchObject({
      type: 'SourceUnavailable',
      retry: 'backoff',
      message: `The data directory ${join(root, 'current')} of the DuckDB connection cannot be used; there is no such directory: create it, mount it, or correct the link that leads to it.`,
    });
    // As where a file system is not mounted.
    mkdirSync(join(root, 'wednesday'));
    await expect(read(4)).rejects.toMatchObject({ type: 'SourceUnavailable', retry: 'backoff' });
    const { data } = await stage("SELECT 'a' AS user_ids", { run: 5, directory: 'current' });
    expect(data).toBeUndefined();
  });

  it('keep what does not fit into memory in the scratch directory, and leave nothing there', async () => {
    const scratch = join(root, 'scratch');
    const spilled = () => globSync(join(scratch, '*', 'query-*', 'duckdb_temp_*'));
    const cancel = new AbortController();
    onTestFinished(() => cancel.abort());
    const sort = `SELECT hash(i)::VARCHAR || repeat('x', 200) AS user_ids FROM range(100000000) t(i) ORDER BY 1`;
    const staging = stage(sort, { signal: cancel.signal });
    await expect.poll(spilled, { interval: 20 }).not.toEqual([]);
    cancel.abort(new Error('cancelled'));
    await expect(staging).rejects.toThrow('cancelled');
    expect(globSync(join(scratch, '*', '*'))).toEqual([]);
    expect(globSync(join(root, 'staging', '**', 'duckdb_temp_*'))).toEqual([]);
  });

  it('give a query as much memory as they were told', async () => {
    const query = "SELECT list('customer.number.' || i) AS user_ids FROM range(3000000) t(i)";
    await expect(stage(query)).rejects.toMatchObject({
      type: 'StagingFailed',
      retry: 'briefly',
      message: expect.stringContaining('/95.3 MiB used'),
    });
  });

  it('run several jobs side by side', async () => {
    const counts = [1, 2, 3].map((rows) =>
      stage(`SELECT 'u' || i AS user_ids FROM range(${rows}) t(i)`, { run: rows }),
    );
    const staged = await Promise.all(counts);
    expect(staged.map(({ rows }) => rows.read)).toEqual([1, 2, 3]);
  });

  it('that were killed while they waited are replaced', async () => {
    await expect.poll(ownProcesses).toHaveLength(1);
    for (const pid of ownProcesses()) process.kill(pid, 'SIGKILL');
    await expect.poll(ownProcesses).toEqual([]);
    // Its end may not have been heard yet; then the job fails, and is tried again.
    let run = 0;
    const read = () => {
      run += 1;
      const staged = stage("SELECT 'a' AS user_ids", { run });
      return staged.then(
        ({ rows }) => rows.read,
        () => null,
      );
    };
    await expect.poll(read).toBe(1);
  });

  it('that are killed at work fail the job with an error that is retried', async () => {
    await expect.poll(ownProcesses).toHaveLength(1);
    const [pid] = ownProcesses();
    const staging = stage(ENDLESS);
    process.kill(pid as number, 'SIGKILL');
    await expect(staging).rejects.toMatchObject({ type: 'StagingFailed', retry: 'backoff' });
  });

  it('leave nothing of a query that fails before it has rows', async () => {
    await expect(stage('SELECT nothing')).rejects.toMatchObject({ type: 'QueryFailed' });
    expect(readdirSync(join(root, 'staging', 'runs', 'e'))).toEqual(['export.json']);
  });

  it('tell of the failure of a query whose end fails too', async () => {
    const reader = new URL('./failing-source.ts', import.meta.url).href;
    await expect(stage('', { reader })).rejects.toMatchObject({
      type: 'QueryFailed',
      message: 'The first failure.',
    });
  });

  it('end at once when their job is cancelled', async () => {
    const cancel = new AbortController();
    const staging = stage(ENDLESS, { signal: cancel.signal });
    cancel.abort(new Error('cancelled'));
    await expect(staging).rejects.toThrow('cancelled');
  });

  it('inherit nothing from the environment of the worker', async () => {
    await expect.poll(ownProcesses).toHaveLength(1);
    const [pid] = ownProcesses();
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((variable) => variable.split('=')[0]);
    expect(names.filter((name) => name !== '').sort()).toEqual(
      expect.arrayContaining(['NODE_COMPILE_CACHE', 'TZ']),
    );
    expect(names).not.toContain('PATH');
  });
});
