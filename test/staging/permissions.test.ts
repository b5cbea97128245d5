import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { chunkAt } from '../../src/domain/chunk-plan.ts';
import type { ExportError } from '../../src/domain/failures.ts';
import { StoreNotSeen } from '../../src/domain/staging-port.ts';
import { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { sweepStaging } from '../../src/staging/sweep.ts';
import { emptyFolder } from '../support/folders.ts';
import { unprivileged } from '../support/unprivileged.ts';
import { failureOf, namespace, stageIn, users } from './create-staging.ts';

/** A staging directory of a user who is not root: to root everything is permitted. */
async function ownStaging(): Promise<DirectoryStaging> {
  const folder = emptyFolder();
  await chmod(folder, 0o777);
  const staging = new DirectoryStaging(join(folder, 'staging'));
  await unprivileged(() => staging.prepare());
  return staging;
}

function expectNotPermitted(failure: ExportError): void {
  expect(failure).toBeInstanceOf(StoreNotSeen);
  expect(failure.message).toContain('could not be read (EACCES): the worker is not permitted');
}

it('without the permission to write, staging is retried, and works once it is back', async () => {
  const staging = await ownStaging();
  const runs = join(staging.root, 'runs');
  await chmod(runs, 0o500);
  await unprivileged(async () => {
    const failure = await failureOf(stageIn(staging, ['user_ids'], users(3)));
    expect(failure).toMatchObject({ type: 'StagingFailed', retry: 'backoff' });
    expect(failure.message).toContain('could not be written (EACCES): the worker is not permitted');
    await chmod(runs, 0o700);
    expect((await stageIn(staging, ['user_ids'], users(3))).rows.read).toBe(3);
  });
});

it.each([
  ['a file of requests', 'requests-000000'],
  ['the manifest', 'manifest.json'],
])('without the permission to read %s, sending is left to another worker', async (_, name) => {
  const staging = await ownStaging();
  await unprivileged(async () => {
    const staged = await stageIn(staging, ['user_ids'], users(3));
    const path = join(staging.root, staged.location, name);
    await chmod(path, 0);
    await expect(readFile(path)).rejects.toMatchObject({ code: 'EACCES' });
    const requests = staging.read(staged, chunkAt(staged.chunks, 0))[Symbol.asyncIterator]();
    expectNotPermitted(await failureOf(requests.next() as Promise<unknown>));
  });
});

it('without the permission to read the store, it is left to another worker', async () => {
  const staging = await ownStaging();
  await unprivileged(async () => {
    const { store } = await stageIn(staging, ['user_ids'], users(3));
    await chmod(join(staging.root, 'store'), 0);
    expectNotPermitted(await failureOf(staging.requireStore(store)));
    await chmod(join(staging.root, 'store'), 0o700);
    await expect(staging.requireStore(store)).resolves.toBeUndefined();
  });
});

it('a sweep removes the others where it may not remove one', async () => {
  const staging = await ownStaging();
  const stuck = join(staging.root, 'runs', 'a-stuck');
  onTestFinished(() => chmod(stuck, 0o700).catch(() => undefined));
  await unprivileged(async () => {
    for (const name of ['a-stuck', 'b-over']) {
      const run = join(staging.root, 'runs', name);
      await mkdir(run);
      const owner = { ...namespace, workflowId: 'w' };
      await writeFile(join(run, 'export.json'), JSON.stringify(owner));
    }
    await chmod(stuck, 0);
    const swept = await sweepStaging({
      store: staging.swept,
      namespace,
      keepRejectsMs: 0,
      isOpen: async () => false,
    });
    expect(swept).toMatchObject({
      runs: 1,
      failed: [{ path: 'runs/a-stuck', code: 'EACCES' }],
    });
    expect(await readdir(join(staging.root, 'runs'))).toEqual(['a-stuck']);
  });
});
