import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { StoreNotSeen } from '../../src/domain/staging-port.ts';
import { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { stagingFailed } from '../../src/staging/directory/file-errors.ts';
import { createStaging, failureOf, place, stageIn, users } from './create-staging.ts';
import { stagingSuite } from './staging-suite.ts';

let staging: DirectoryStaging;
beforeEach(async () => {
  staging = await createStaging();
});

describe('staging in a directory', () => {
  stagingSuite(async () => {
    const store = await createStaging();
    const path = (name: string) => join(store.root, name);
    return {
      store,
      again: () => new DirectoryStaging(store.root),
      names: async () =>
        (await readdir(store.root, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map(({ parentPath, name }) => relative(store.root, join(parentPath, name))),
      readFile: (name) => readFile(path(name), 'utf8'),
      writeFile: async (name, text) => {
        await mkdir(dirname(path(name)), { recursive: true });
        await writeFile(path(name), text);
      },
      removeFile: (name) => rm(path(name === 'store/id' ? 'store' : name), { recursive: true }),
      manifestOf: ({ location }) => join(location, 'manifest.json'),
    };
  });
});

describe('the staging directory', () => {
  it('is closed to other users of the machine', async () => {
    const staged = await stageIn(staging, ['user_ids'], [['a'], ['']]);
    const mode = async (...path: string[]) =>
      ((await stat(join(staging.root, ...path))).mode & 0o777).toString(8);
    expect(await mode()).toBe('700');
    expect(await mode(staged.location)).toBe('700');
    expect(await mode('rejects')).toBe('700');
    expect(await mode('rejects', place.namespaceId)).toBe('700');
    expect(await mode('store')).toBe('700');
    expect(await mode('store', 'id')).toBe('600');
    for (const file of await readdir(join(staging.root, staged.location))) {
      expect(await mode(staged.location, file)).toBe('600');
    }
    expect(await mode('rejects', place.namespaceId, 'run-1.jsonl')).toBe('600');
  });

  it('stages again where a crash cut the manifest that was committed', async () => {
    const { location } = await stageIn(staging, ['user_ids'], users(10));
    await writeFile(join(staging.root, location, 'manifest.json'), '{"rows":');
    const second = { ...place, attempt: 2 };
    expect(await staging.committed(second)).toBeNull();
    await staging.write(second);
    expect(await readdir(join(staging.root, 'runs', place.exportRunId))).not.toContain('run-1.1');
  });
});

describe('a staging directory that cannot be used', () => {
  it('is distinguished from a disk failure: a file is in the way', async () => {
    const file = join(staging.root, 'file');
    await writeFile(file, '');
    const inTheWay = expect.stringContaining('a file is in the way');
    for (const path of [file, join(file, 'staging')]) {
      const error = await failureOf(new DirectoryStaging(path).prepare());
      expect(error).toMatchObject({ type: 'StagingFailed', message: inTheWay });
    }
  });

  it.each([
    ['read', 'EACCES', true, 'is not permitted to read and write there'],
    ['read', 'EPERM', true, 'give its user access to the staging directory'],
    ['read', 'EIO', false, 'check the disk'],
    ['written', 'EACCES', false, 'is not permitted to read and write there'],
  ] as const)('%s with %s is left to another worker: %s', (verb, code, isLeft, words) => {
    const error = stagingFailed(verb, Object.assign(new Error('x'), { code }));
    expect(error).toMatchObject({ type: 'StagingFailed', retry: 'backoff' });
    expect(error instanceof StoreNotSeen).toBe(isLeft);
    expect(error.message).toContain(words);
  });
});
