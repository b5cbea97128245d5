import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { requestFormat } from '../../src/destinations/braze/request-format.ts';
import type { StagingPlace, StagingWriter } from '../../src/domain/staging-port.ts';
import { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { stagingFailed } from '../../src/staging/directory/file-errors.ts';
import { type StageOptions, stageRows } from '../../src/staging/stage-rows.ts';
import { place } from './create-staging.ts';
import { rowsOf } from './in-memory-source.ts';

const second = { ...place, attempt: 2 };

let root: string;
let staging: DirectoryStaging;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'attempts-'));
  staging = new DirectoryStaging(root);
  await staging.prepare();
});
afterEach(() => rm(root, { recursive: true }));

const inExport = async () => (await readdir(join(root, 'runs', 'export-1'))).sort();

const options: StageOptions = {
  operation: 'APPEND',
  aliases: [],
  threadCount: 1,
  skipOnInvalidRecord: true,
  format: requestFormat,
  onProgress: () => undefined,
};

const users = (count: number) => Array.from({ length: count }, (_, i) => [`user-${i}`]);
const INVALID = [''];

/** What a killed process leaves. */
async function beginAndDie(at: StagingPlace): Promise<void> {
  await staging.write(at);
  const directory = join(root, 'runs', at.exportRunId, `${at.runId}.${at.attempt}`);
  await writeFile(join(directory, 'requests-000000'), 'cut o');
}

describe('an attempt to stage', () => {
  it('removes what dead ones of its run left', async () => {
    await beginAndDie(place);
    const removing = join(root, 'runs', 'export-1', 'run-1.2.2e.dead');
    await mkdir(removing);
    await writeFile(join(removing, 'requests-000000'), 'cut o');
    await staging.write({ ...place, attempt: 3 });
    expect(await inExport()).toEqual(['export.json', 'run-1.3']);
  });

  it('leaves what was committed, what is later and what is of other runs', async () => {
    const rows = rowsOf(['user_ids'], users(3));
    const committed = await stageRows(rows, await staging.write(place), options);
    await beginAndDie({ ...place, runId: 'run-0' });
    await beginAndDie({ ...place, attempt: 10 });
    await staging.write(second);
    const left = ['export.json', 'run-0.1', 'run-1.1', 'run-1.10', 'run-1.2'];
    expect(await inExport()).toEqual(left);
    expect(await staging.committed(second)).toEqual(committed);
  });

  it.each([
    ['before it wrote anything', users(10), 1],
    ['in the middle of a file', users(20_000), 4],
    ['when only its rejects and its manifest are missing', [...users(2_000), INVALID], 2],
    ['when only its manifest is missing', users(2_000), 2],
  ])('fails where the next one takes over %s, and the next is whole', async (_, rows, atRead) => {
    const source = rowsOf(['user_ids'], rows);
    let next: StagingWriter | undefined;
    let reads = 0;
    const read = async () => {
      reads += 1;
      if (reads === atRead) next = await staging.write(second);
      return await source.read();
    };
    const first = stageRows({ ...source, read }, await staging.write(place), options);
    await expect(first).rejects.toMatchObject({
      type: 'StagingFailed',
      retry: 'backoff',
      message: expect.stringContaining('could not be written (ENOENT): their folder is gone'),
    });
    expect(await staging.committed(second)).toBeNull();
    expect(await inExport()).toEqual(['export.json', 'run-1.2']);
    expect(await readdir(join(root, 'rejects'))).toEqual([]);
    const again = rowsOf(['user_ids'], rows);
    const staged = await stageRows(again, next as StagingWriter, options);
    expect(await staging.committed(second)).toEqual(staged);
    expect(staged.rows.read).toBe(rows.length);
  });

  it('leaves nothing where the columns are not those of an export', async () => {
    const staged = stageRows(rowsOf(['name'], users(3)), await staging.write(place), options);
    await expect(staged).rejects.toMatchObject({ type: 'MissingColumns', retry: 'never' });
    expect(await inExport()).toEqual(['export.json']);
  });

  it('fails for its columns where it cannot clean up either', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    const writer = await staging.write(place);
    writer.abandon = () => Promise.reject(stagingFailed('written', new TypeError('disk')));
    const staged = stageRows(rowsOf(['name'], users(3)), writer, options);
    await expect(staged).rejects.toMatchObject({ type: 'MissingColumns', retry: 'never' });
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('was not cleaned up: The staged'));
    logged.mockRestore();
  });
});

describe('what is removed', () => {
  const FILES = 1_000;
  const run = () => join(root, 'runs', 'export-1');

  /** An attempt that takes a while to remove, up to its commit. */
  async function fill(at: StagingPlace): Promise<StagingWriter> {
    const writer = await staging.write(at);
    const directory = join(run(), `${at.runId}.${at.attempt}`);
    const names = Array.from({ length: FILES }, (_, i) => join(directory, `file-${i}`));
    await Promise.all(names.map((name) => writeFile(name, '')));
    return writer;
  }

  const count = async (directory: string) => (await readdir(directory).catch(() => [])).length;

  it.each([
    ['an export', () => run(), () => staging.remove('export-1')],
    [
      'an attempt',
      () => join(run(), 'run-1.1'),
      (writer: StagingWriter) => writer.abandon({ keepRejects: false }),
    ],
  ])('is gone at once, and does not touch what is staged under its name: %s', async (...each) => {
    const [, directory, remove] = each;
    const writer = await fill(place);
    const before = await count(directory());
    const removal = remove(writer);
    while ((await count(directory())) === before);
    await expect(readdir(directory())).rejects.toMatchObject({ code: 'ENOENT' });
    const again = await staging.write(place);
    const staged = await stageRows(rowsOf(['user_ids'], users(3)), again, options);
    await removal;
    expect(await staging.committed(place)).toEqual(staged);
    expect(await inExport()).toEqual(['export.json', 'run-1.1']);
    expect(await readdir(join(root, 'runs'))).toEqual(['export-1']);
  });
});
