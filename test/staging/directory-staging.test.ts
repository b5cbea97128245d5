import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { StoreNotSeen } from '../../src/domain/staging-port.ts';
import { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { stagingFailed } from '../../src/staging/directory/file-errors.ts';
import { createStaging, failureOf, place, stageIn, users } from './create-staging.ts';

let staging: DirectoryStaging;
beforeEach(async () => {
  staging = await createStaging();
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

  it('returns what an earlier attempt of the same run committed, and of no other run', async () => {
    const staged = await stageIn(staging, ['user_ids'], users(10));
    expect(await staging.committed({ ...place, attempt: 2 })).toEqual(staged);
    expect(await staging.committed({ ...place, runId: 'run-2' })).toBeNull();
    await staging.remove(place.exportRunId);
    expect(await staging.committed(place)).toBeNull();
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
