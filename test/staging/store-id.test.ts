import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { chunkAt } from '../../src/domain/chunk-plan.ts';
import { StoreNotSeen } from '../../src/domain/staging-port.ts';
import { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { emptyFolder } from '../support/folders.ts';
import { createStaging, failureOf, place, stageIn, users } from './create-staging.ts';

describe('the id of a staging directory', () => {
  it('is made once, however many workers start at once, and stays', async () => {
    const root = emptyFolder();
    const started = Array.from({ length: 20 }, () => new DirectoryStaging(root).prepare());
    const stores = await Promise.all(started);
    expect(new Set(stores.map(({ id }) => id)).size).toBe(1);
    expect(stores.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect((await readdir(root)).sort()).toEqual(['rejects', 'runs', 'store']);
    const later = await new DirectoryStaging(root).prepare();
    expect(later).toMatchObject({ id: stores[0]?.id, isNew: false });
  });

  it('that is damaged is not replaced in silence', async () => {
    const staging = await createStaging();
    await writeFile(join(staging.root, 'store', 'id'), 'cut o');
    const failure = await failureOf(staging.prepare());
    expect(failure).toMatchObject({ type: 'StagingFailed', retry: 'never' });
    expect(failure.message).toContain('store/id in staging.directory is damaged. Restore it');
  });
});

describe('a worker that does not see the store', () => {
  let staging: DirectoryStaging;
  beforeEach(async () => {
    staging = await createStaging();
  });

  const read = async (of: Awaited<ReturnType<typeof stageIn>>) => {
    for await (const _ of staging.read(of, chunkAt(of.chunks, 0)));
  };

  it('says whether it sees another one, or none', async () => {
    const { store } = await stageIn(staging, ['user_ids'], users(3));
    await expect(staging.requireStore(store)).resolves.toBeUndefined();
    const other = await createStaging();
    const another = await failureOf(other.requireStore(store));
    expect(another).toBeInstanceOf(StoreNotSeen);
    expect(another).toMatchObject({ type: 'StagingFailed', retry: 'backoff' });
    expect(another.message).toContain('its staging store is another one. Let all workers');
    const none = await failureOf(new DirectoryStaging(emptyFolder()).requireStore(store));
    expect(none).toBeInstanceOf(StoreNotSeen);
    expect(none.message).toContain(
      'its staging store has no store/id: a file system that is not mounted',
    );
  });

  it.each([
    ['unmounted', async () => undefined],
    ['mounted over by another one', () => new DirectoryStaging(staging.root).prepare()],
  ])('says so where the file system is %s while it reads', async (_, andThen) => {
    const staged = await stageIn(staging, ['user_ids'], users(3));
    const away = `${staging.root}-away`;
    await rename(staging.root, away);
    await mkdir(staging.root);
    await andThen();
    expect(await failureOf(read(staged))).toBeInstanceOf(StoreNotSeen);
    await rm(staging.root, { recursive: true });
    await rename(away, staging.root);
    await read(staged);
  });

  it('stages nothing where the file system is gone', async () => {
    await rm(join(staging.root, 'store'), { recursive: true });
    expect(await failureOf(staging.write(place))).toBeInstanceOf(StoreNotSeen);
    expect(await readdir(join(staging.root, 'runs'))).toEqual([]);
  });

  it('does not use what was committed in another store and moved here', async () => {
    await stageIn(staging, ['user_ids'], users(3));
    expect(await staging.committed(place)).not.toBeNull();
    const other = await createStaging();
    await rename(join(staging.root, 'runs'), join(other.root, 'runs'));
    await mkdir(join(staging.root, 'runs'));
    expect(await other.committed(place)).toBeNull();
  });
});
