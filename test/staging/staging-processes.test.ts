import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { braze } from '../../src/destinations/braze/destination.ts';
import type { ExportError } from '../../src/domain/failures.ts';
import { duckdb } from '../../src/sources/duckdb/source.ts';
import { DirectoryStaging } from '../../src/staging/directory-staging.ts';
import { StagingProcesses } from '../../src/staging/staging-processes.ts';
import { place } from './create-staging.ts';

let root: string;
let processes: StagingProcesses;
beforeEach(async ({ skip }) => {
  skip(process.platform !== 'linux', 'the processes are found in /proc, which is of Linux');
  root = realpathSync(mkdtempSync(join(tmpdir(), 'staging-processes-')));
  mkdirSync(join(root, 'data'));
  await new DirectoryStaging(join(root, 'staging')).prepare();
  processes = new StagingProcesses({
    stagingDirectory: join(root, 'staging'),
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
  { signal = never, run = 0, reader = duckdb.reader.href, onProgress = () => undefined }: How = {},
) {
  return processes.run(
    {
      source: {
        reader,
        data: { directory: join(root, 'data'), query, scheduledTime: new Date(0).toISOString() },
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
      const isOwn = realpathSync(`/proc/${name}/cwd`).startsWith(`${root}/`);
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
