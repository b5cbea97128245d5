import { execFile } from 'node:child_process';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { requestFormat } from '../../src/destinations/braze/request-format.ts';
import { chunkAt, countChunks } from '../../src/domain/chunk-plan.ts';
import type { ExportError } from '../../src/domain/failures.ts';
import { type Cell, InvalidValue } from '../../src/domain/rows.ts';
import type { StagedRows } from '../../src/domain/staging-port.ts';
import { DirectoryStaging } from '../../src/staging/directory-staging.ts';
import { type StageOptions, stageRows } from '../../src/staging/stage-rows.ts';
import { stagingFailed } from '../../src/staging/staging-error.ts';
import { rowsOf } from './in-memory-source.ts';

const place = { workflowId: 'w', exportRunId: 'export-1', runId: 'run-1', attempt: 1 };
const options: StageOptions = {
  operation: 'APPEND',
  aliases: [],
  threadCount: 2,
  skipOnInvalidRecord: true,
  format: requestFormat,
  onProgress: () => undefined,
};

let root: string;
let staging: DirectoryStaging;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'staging-'));
  staging = new DirectoryStaging(root);
  await staging.prepare();
});
afterEach(() => rm(root, { recursive: true }));

async function stage(
  names: string[],
  rows: Iterable<readonly Cell[]>,
  changes: Partial<StageOptions> = {},
) {
  const writer = await staging.write(place);
  return await stageRows(rowsOf(names, rows), writer, { ...options, ...changes });
}

async function failureOf(work: Promise<unknown>): Promise<ExportError> {
  return await work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: ExportError) => error,
  );
}

async function readAll(staged: StagedRows): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (let index = 0; index < countChunks(staged.chunks); index += 1) {
    for await (const { payload } of staging.read(staged, chunkAt(staged.chunks, index))) {
      payloads.push(JSON.parse(Buffer.from(payload).toString()));
    }
  }
  return payloads;
}

function* users(count: number, from = 0): Generator<string[]> {
  for (let i = from; i < from + count; i += 1) yield [`user-${i}`];
}

describe('staging', () => {
  it('keeps every identifier, in requests of at most 1,000, across files', async () => {
    const staged = await stage(['user_ids'], users(60_500));
    expect(staged.rows).toEqual({ read: 60_500, accepted: 60_500, rejected: 0 });
    expect(staged.identifiers).toEqual({ userIds: 60_500, deviceIds: 0, aliases: 0, repeated: 0 });
    const payloads = (await readAll(staged)) as [{ user_ids: string[] }][];
    expect(payloads).toHaveLength(61);
    expect(payloads.flatMap(([change]) => change.user_ids)).toEqual([...users(60_500)].flat());
    expect(payloads.every(([change]) => change.user_ids.length <= 1_000)).toBe(true);
  });

  it('sends what a row has under its own kind, arrays as several', async () => {
    const rows: Cell[][] = [
      ['u1', ['d1', null, '', 'd2'], 'a@x', 'ignored'],
      [null, '', 'b@x', 'ignored'],
    ];
    const names = ['user_ids', 'device_ids', 'email', 'n'];
    const staged = await stage(names, rows, { aliases: ['email'], operation: 'REMOVE' });
    expect(await readAll(staged)).toEqual([
      [
        {
          user_ids: ['u1'],
          device_ids: ['d1', 'd2'],
          aliases: [
            { alias_name: 'a@x', alias_label: 'email' },
            { alias_name: 'b@x', alias_label: 'email' },
          ],
          should_remove: true,
        },
      ],
    ]);
    expect(staged.warnings).toEqual(['These columns were ignored: "n".']);
  });

  it('leaves repeats out, counts them and warns', async () => {
    const staged = await stage(['user_ids'], [['a'], ['b'], ['a'], ['a']]);
    expect(staged.identifiers).toMatchObject({ userIds: 2, repeated: 2 });
    expect(staged.warnings[0]).toContain('2 duplicate identifiers were left out');
    expect(staged.warnings[0]).toContain('DISTINCT');
  });

  it('warns of identifiers that look odd, in lists too, with counts by column', async () => {
    const rows: Cell[][] = [
      ['NULL', ['N/A', 'x']],
      ['u1', 'NULL'],
      [' u2', null],
      [new InvalidValue('is a DOUBLE', '1.0'), '1.0'],
    ];
    const staged = await stage(['user_ids', 'email'], rows, { aliases: ['email'] });
    expect(staged.warnings).toEqual([
      expect.stringContaining(
        '3 identifiers (1 in "user_ids", 2 in "email") are words for a missing',
      ),
      expect.stringContaining('1 identifier (in "user_ids") begins or ends with white space'),
    ]);
  });

  it('passes on what the source warns of', async () => {
    const source = { ...rowsOf(['user_ids'], [['a']]), warnings: ['It is old.'] };
    const staged = await stageRows(source, await staging.write(place), options);
    expect(staged.warnings).toEqual(['It is old.']);
  });

  it('adds to missing columns what the source says of them', async () => {
    const source = {
      ...rowsOf(['column0'], []),
      explainColumns: async () => 'There is no header.',
    };
    const writer = await staging.write(place);
    const { type, message } = await failureOf(stageRows(source, writer, options));
    expect(type).toBe('MissingColumns');
    expect(message).toMatch(/Nothing was sent\. There is no header\.$/);
  });

  it('puts invalid rows aside with number, column, reason and a masked value', async () => {
    const wrong = new InvalidValue('is a DOUBLE', '3.14159265');
    const rows: Cell[][] = [
      ['ok', null],
      ['', null],
      ['fine', ' '],
      [wrong, 'd'],
      ['x'.repeat(988), null],
    ];
    const staged = await stage(['user_ids', 'device_ids'], rows);
    expect(staged.rows).toEqual({ read: 5, accepted: 1, rejected: 4 });
    const rejects = await readFile(staged.rejects as string, 'utf8');
    expect(
      rejects
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        row: 2,
        column: null,
        reason: 'has no identifier: NULL or empty in user_ids, device_ids',
        value: null,
      },
      {
        row: 3,
        column: 'device_ids',
        reason: 'contains only white space',
        value: '… (1 characters)',
      },
      { row: 4, column: 'user_ids', reason: 'is a DOUBLE', value: '3.… (10 characters)' },
      {
        row: 5,
        column: 'user_ids',
        reason: 'is 988 bytes long; Braze accepts at most 987',
        value: 'xx… (988 characters)',
      },
    ]);
    expect(await readAll(staged)).toEqual([[{ user_ids: ['ok'] }]]);
  });

  it('fails at the first invalid row where none may be skipped, and leaves nothing', async () => {
    const error = await failureOf(
      stage(['user_ids'], [['a'], [' ']], { skipOnInvalidRecord: false }),
    );
    expect(error.type).toBe('InvalidRecord');
    expect(error.message).toContain(
      'Row 2, column "user_ids": contains only white space. Nothing was sent.',
    );
    expect(await staging.committed(place)).toBeNull();
    expect(await readdir(join(root, 'runs', 'export-1'))).toEqual(['export.json']);
  });

  it('fails where every row is invalid, and keeps the rejects', async () => {
    const error = await failureOf(stage(['user_ids'], [[''], [' ']]));
    expect(error.type).toBe('InvalidRecord');
    expect(error.message).toContain('All 2 rows are invalid, so nothing was sent. Row 1');
    expect(await readFile(join(root, 'rejects', 'run-1.jsonl'), 'utf8')).toMatch(/"row":2/);
  });

  it.each([
    [
      'an invalid row',
      [['a'], [' ']],
      false,
      'Row 2, column "user_ids": contains only white space',
    ],
    ['nothing but invalid rows', [[''], [' ']], true, 'The rejects file could not be kept'],
  ])('fails for the first cause, %s, where it cannot clean up', async (_, rows, skip, words) => {
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    const writer = await staging.write(place);
    writer.abandon = () => Promise.reject(stagingFailed('written', new TypeError('disk')));
    const staged = stageRows(rowsOf(['user_ids'], rows), writer, {
      ...options,
      skipOnInvalidRecord: skip,
    });
    expect(await failureOf(staged)).toMatchObject({
      type: 'InvalidRecord',
      retry: 'never',
      message: expect.stringContaining(words),
    });
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('was not cleaned up: The staged'));
    logged.mockRestore();
  });

  it('holds little at once, though each row is a long list', async () => {
    const writer = await staging.write(place);
    const { append, drain } = writer;
    let held = 0;
    let most = 0;
    writer.append = (payload, counts) => {
      held += payload.length;
      most = Math.max(most, held);
      append.call(writer, payload, counts);
    };
    writer.drain = async () => {
      held = 0;
      await drain.call(writer);
    };
    const list = (row: number) => Array.from({ length: 4_000 }, (_, i) => `user-${row}-${i}`);
    // All in one batch of rows.
    const rows = Array.from({ length: 100 }, (_, row) => [list(row)]);
    const staged = await stageRows(rowsOf(['user_ids'], rows), writer, options);
    expect(staged.bytes).toBeGreaterThan(5_000_000);
    expect(most).toBeLessThan(600_000);
  });

  it('takes a result without rows, and warns', async () => {
    const staged = await stage(['user_ids'], []);
    expect(staged.chunks).toEqual([]);
    expect(staged.warnings[0]).toContain('no rows');
    expect(staged.rejects).toBeNull();
  });

  it('is closed to other users of the machine', async () => {
    const staged = await stage(['user_ids'], [['a'], ['']]);
    const mode = async (...path: string[]) =>
      ((await stat(join(root, ...path))).mode & 0o777).toString(8);
    expect(await mode()).toBe('700');
    expect(await mode(staged.location)).toBe('700');
    expect(await mode('rejects')).toBe('700');
    for (const file of await readdir(join(root, staged.location))) {
      expect(await mode(staged.location, file)).toBe('600');
    }
    expect(await mode('rejects', 'run-1.jsonl')).toBe('600');
  });

  it('takes what an earlier attempt of the same run committed, and of no other', async () => {
    const staged = await stage(['user_ids'], users(10));
    expect(await staging.committed({ ...place, attempt: 2 })).toEqual(staged);
    expect(await staging.committed({ ...place, runId: 'run-2' })).toBeNull();
    await staging.remove(place.exportRunId);
    expect(await staging.committed(place)).toBeNull();
  });
});

describe('staged rows that changed', () => {
  const readFirst = async (staged: StagedRows) => {
    for await (const _ of staging.read(staged, chunkAt(staged.chunks, 0)));
  };

  it.each([
    ['cut off', async (file: string) => truncate(file, (await stat(file)).size - 2)],
    [
      'altered',
      async (file: string) =>
        writeFile(file, (await readFile(file, 'utf8')).replace('user-1', 'user-X')),
    ],
    ['gone', (file: string) => rm(file)],
  ])('are an error: %s', async (_, damage) => {
    const staged = await stage(['user_ids'], users(10));
    await damage(join(root, staged.location, 'requests-000000'));
    expect(await failureOf(readFirst(staged))).toMatchObject({
      type: 'StagingFailed',
      retry: 'never',
    });
  });

  it('are an error where the manifest is gone or another', async () => {
    const staged = await stage(['user_ids'], users(10));
    const other = await failureOf(readFirst({ ...staged, checksum: 'x' }));
    expect(other.message).toContain('is not the one that was committed');
    await staging.remove(place.exportRunId);
    const { message } = await failureOf(readFirst(staged));
    expect(message).toContain('are gone');
    expect(message).toContain('Start a new export');
  });
});

describe('reading a chunk', () => {
  const twoFiles = { firstRequest: 3, requests: 40 };

  async function stageTwoFiles() {
    const staged = await stage(['user_ids'], users(50_000));
    const path = (name: string) => join(root, staged.location, name);
    const requests = staging.read(staged, twoFiles)[Symbol.asyncIterator]();
    return { staged, path, requests };
  }

  it('reads the next file while the requests of the one before are sent', async () => {
    const { path, requests } = await stageTwoFiles();
    const second = path('requests-000001');
    const content = await readFile(second);
    await rm(second);
    // To open a FIFO for writing succeeds as soon as somebody reads it, and not before.
    await promisify(execFile)('mkfifo', [second]);
    await requests.next();
    const fifo = await open(second, 'w');
    await fifo.writeFile(content);
    await fifo.close();
    let count = 1;
    while (!(await requests.next()).done) count += 1;
    expect(count).toBe(twoFiles.requests);
  });

  it('reads the manifest once', async () => {
    const { path, requests } = await stageTwoFiles();
    await requests.next();
    await rm(path('manifest.json'));
    let count = 1;
    while (!(await requests.next()).done) count += 1;
    expect(count).toBe(twoFiles.requests);
  });

  it('fails when it comes to a file that cannot be read, and not before', async () => {
    const { path, requests } = await stageTwoFiles();
    await rm(path('requests-000001'));
    await mkdir(path('requests-000001'));
    for (let request = twoFiles.firstRequest; request < 25; request += 1) {
      expect((await requests.next()).done).toBe(false);
    }
    expect(await failureOf(requests.next())).toMatchObject({
      type: 'StagingFailed',
      message: expect.stringContaining('could not be read (EISDIR)'),
    });
  });

  it('may end early, whatever becomes of the file that it reads ahead', async () => {
    const { staged, path } = await stageTwoFiles();
    await rm(path('requests-000001'));
    await mkdir(path('requests-000001'));
    let count = 0;
    for await (const _ of staging.read(staged, twoFiles)) {
      count += 1;
      if (count === 5) break;
    }
    expect(count).toBe(5);
  });
});

describe('a staging directory that cannot be used', () => {
  it('is told from a disk in trouble: a file is in the way', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    const inTheWay = expect.stringContaining('a file is in the way');
    for (const path of [file, join(file, 'staging')]) {
      const error = await failureOf(new DirectoryStaging(path).prepare());
      expect(error).toMatchObject({ type: 'StagingFailed', message: inTheWay });
    }
  });

  it.each([
    ['read', 'EACCES', 'never', 'is not permitted to read and write there'],
    ['read', 'EPERM', 'never', 'Then start the export again'],
    ['read', 'EIO', 'backoff', 'check the disk'],
    ['written', 'EACCES', 'backoff', 'is not permitted to read and write there'],
  ] as const)('%s with %s: retried %s', (verb, code, retry, words) => {
    const error = stagingFailed(verb, Object.assign(new Error('x'), { code }));
    expect(error).toMatchObject({ type: 'StagingFailed', retry });
    expect(error.message).toContain(words);
  });
});
