import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { type SweptStore, sweepStaging } from '../../src/staging/sweep.ts';
import { sweepOnce } from '../../src/staging/sweeping.ts';
import { emptyFolder } from '../support/folders.ts';
import { namespace } from './create-staging.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

async function stagingWith(files: readonly string[]): Promise<string> {
  const directory = emptyFolder();
  for (const file of files) {
    await mkdir(join(directory, file, '..'), { recursive: true });
    const isOwner = file.endsWith('/export.json');
    await writeFile(
      join(directory, file),
      isOwner ? JSON.stringify({ workflowId: 'w', ...namespace }) : 'rows',
    );
  }
  return directory;
}

const sweep = (directory: string, open: readonly string[]) =>
  sweepStaging({
    store: new DirectoryStaging(directory).swept,
    namespace,
    keepRejectsMs: DAY_MS,
    isOpen: async ({ exportRunId }) => open.includes(exportRunId),
  });

it('a sweep removes exports that are over, and no others', async () => {
  const directory = await stagingWith(['runs/over/export.json', 'runs/open/export.json']);
  expect(await sweep(directory, ['open'])).toMatchObject({ runs: 1, rejects: 0, failed: [] });
  expect(await readdir(join(directory, 'runs'))).toEqual(['open']);
});

it('a sweep finishes removals that were cut short, also those in an export that is open', async () => {
  const directory = await stagingWith([
    'runs/over.1f.dead/run-1.1/requests-000000',
    'runs/open/export.json',
    'runs/open/run-1.1.2e.dead/requests-000000',
    'runs/open/run-1.2/requests-000000',
  ]);
  // Nobody asks whether it is open: its export may be.
  expect(await sweep(directory, ['open', 'over.1f.dead'])).toMatchObject({
    runs: 1,
    rejects: 0,
    failed: [],
  });
  expect(await readdir(join(directory, 'runs'))).toEqual(['open']);
  expect((await readdir(join(directory, 'runs/open'))).sort()).toEqual(['export.json', 'run-1.2']);
});

it('a sweep leaves an attempt that committed while it was being removed', async () => {
  const files = ['runs/open/export.json', 'runs/open/run-1.1.3d.dead/manifest.json'];
  const directory = await stagingWith(files);
  await writeFile(join(directory, files[1] as string), '{}');
  await sweep(directory, ['open']);
  expect((await readdir(join(directory, 'runs/open'))).sort()).toEqual([
    'export.json',
    'run-1.1.3d.dead',
  ]);
});

const FOREIGN = JSON.stringify({
  workflowId: 'w',
  namespace: 'theirs',
  namespaceId: 'id-of-theirs',
});

/** As if nobody had touched it for two days. */
async function age(...path: string[]): Promise<void> {
  const then = new Date(Date.now() - 2 * DAY_MS);
  await utimes(join(...path), then, then);
}

it('a sweep leaves alone what another namespace or Temporal owns, however old', async () => {
  const directory = await stagingWith([
    'runs/theirs/export.json',
    'runs/theirs/run-1.1/requests-000000',
    'runs/ours/export.json',
    'rejects/id-of-theirs/run-1.jsonl',
    'rejects/id-of-ours/run-2.jsonl',
  ]);
  await writeFile(join(directory, 'runs/theirs/export.json'), FOREIGN);
  for (const path of ['runs/theirs', 'runs/ours', 'rejects/id-of-theirs'])
    await age(directory, path);
  await age(directory, 'rejects/id-of-theirs/run-1.jsonl');
  await age(directory, 'rejects/id-of-ours/run-2.jsonl');
  const asked: string[] = [];
  const isOpen = async ({ exportRunId }: { exportRunId: string }) => {
    asked.push(exportRunId);
    return false;
  };
  const store = new DirectoryStaging(directory).swept;
  const swept = await sweepStaging({ store, namespace, keepRejectsMs: DAY_MS, isOpen });
  expect(swept).toMatchObject({ runs: 1, rejects: 1, failed: [] });
  // This Temporal does not know the workflow of another: its answer would mean nothing.
  expect(asked).toEqual(['ours']);
  expect(await readdir(join(directory, 'runs'))).toEqual(['theirs']);
  expect(await readdir(join(directory, 'rejects/id-of-theirs'))).toEqual(['run-1.jsonl']);
  expect(await readdir(join(directory, 'rejects/id-of-ours'))).toEqual([]);
});

it('a sweep removes what versions left that wrote no namespace', async () => {
  const directory = await stagingWith([
    'rejects/old.jsonl',
    'rejects/young.jsonl',
    'runs/over/export.json',
    'runs/open/export.json',
  ]);
  await age(directory, 'rejects/old.jsonl');
  for (const run of ['over', 'open']) {
    await writeFile(join(directory, 'runs', run, 'export.json'), '{"workflowId":"w"}');
  }
  expect(await sweep(directory, ['open'])).toEqual({
    runs: 1,
    rejects: 1,
    foreign: [],
    failed: [],
  });
  expect(await readdir(join(directory, 'rejects'))).toEqual(['young.jsonl']);
  expect(await readdir(join(directory, 'runs'))).toEqual(['open']);
});

it('a sweep goes on after what cannot be removed or read', async () => {
  const directory = await stagingWith([
    'rejects/id-of-ours/a-directory/file',
    'rejects/id-of-ours/b.jsonl',
    'runs/a/export.json/is-a-directory',
    'runs/b/export.json',
  ]);
  for (const name of ['a-directory', 'b.jsonl']) await age(directory, 'rejects/id-of-ours', name);
  const swept = await sweep(directory, []);
  expect(swept).toMatchObject({ runs: 1, rejects: 1 });
  expect(swept.failed.map(({ path }) => path)).toEqual([
    'rejects/id-of-ours/a-directory',
    'runs/a',
  ]);
  expect(await readdir(join(directory, 'runs'))).toEqual(['a']);
});

it('what others own is reported once, with age and size, and only where it is old', async () => {
  const directory = await stagingWith(['runs/old/export.json', 'runs/young/export.json']);
  for (const name of ['old', 'young']) {
    await writeFile(join(directory, 'runs', name, 'export.json'), FOREIGN);
  }
  await age(directory, 'runs/old');
  const staging = new DirectoryStaging(directory);
  const { id: storeId } = await staging.prepare();
  const log = { info: vi.fn(), warn: vi.fn() };
  const isOpen = async () => false;
  const store = staging.swept;
  const options = { store, storeId, namespace, keepRejectsMs: DAY_MS, isOpen, log };
  const reported = new Set<string>();
  for (let time = 0; time < 2; time += 1) await sweepOnce(options, reported);
  expect(log.warn.mock.calls).toEqual([
    [
      expect.stringContaining('delete it by hand'),
      {
        path: join(directory, 'runs/old'),
        namespace: 'theirs',
        hours: 48,
        bytes: FOREIGN.length,
      },
    ],
  ]);
  await sweepOnce({ ...options, storeId: 'the one before a mount' }, reported);
  expect(log.warn.mock.calls[1]?.[0]).toContain('is not the one that this worker started with');
});

it('a sweep leaves what no export has made alone, however old it is: others may use the bucket, too', async () => {
  const removed: string[] = [];
  const entry = (name: string) => ({
    name,
    path: `runs/${name}`,
    ageMs: 2 * DAY_MS,
    isLeftover: false,
  });
  const lost = '01a22846-cb86-7193-ba03-a59ceb275c47';
  const store: SweptStore = {
    place: 's3://bucket/',
    id: async () => null,
    entries: async (folder) => (folder === 'runs' ? [entry('billing'), entry(lost)] : []),
    owner: async () => null,
    finishRemovals: async () => undefined,
    removeRun: async (run) => void removed.push(run),
    removeFile: async () => undefined,
    addressOf: (path) => path,
    sizeOf: async () => 0,
  };
  await sweepStaging({ store, namespace, keepRejectsMs: DAY_MS, isOpen: async () => false });
  expect(removed).toEqual([`runs/${lost}`]);
});
