import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sweepStaging } from '../../src/staging/sweep.ts';
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
    directory,
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
