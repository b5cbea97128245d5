import { execFile } from 'node:child_process';
import {
  appendFile,
  copyFile,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { chunkAt } from '../../src/domain/chunk-plan.ts';
import type { StagedRows } from '../../src/domain/staging-port.ts';
import type { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { createStaging, failureOf, place, stageIn, users } from './create-staging.ts';

let staging: DirectoryStaging;
beforeEach(async () => {
  staging = await createStaging();
});

describe('reading a chunk', () => {
  const twoFiles = { firstRequest: 3, requests: 40 };

  async function stageTwoFiles() {
    const staged = await stageIn(staging, ['user_ids'], users(50_000));
    const path = (name: string) => join(staging.root, staged.location, name);
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

  it('fails when it reaches a file that cannot be read, and not before', async () => {
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

  it('may end early, whatever happens to the file that it reads ahead', async () => {
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

describe('staged rows that changed', () => {
  const readFirst = async (staged: StagedRows) => {
    for await (const _ of staging.read(staged, chunkAt(staged.chunks, 0)));
  };

  it.each([
    ['cut off', async (file: string) => truncate(file, (await stat(file)).size - 2)],
    [
      'altered',
      async (file: string) =>
        writeFile(file, (await readFile(file, 'utf8')).replace('user-2999', 'user-299X')),
    ],
    ['gone', (file: string) => rm(file)],
    ['longer', (file: string) => appendFile(file, '\n')],
    [
      'those of another run, which are sound',
      async (file: string) => {
        const other = await createStaging();
        const { location } = await stageIn(other, ['user_ids'], users(3_000, 'usr2-'));
        await copyFile(join(other.root, location, 'requests-000000'), file);
      },
    ],
  ])('are an error before any of them is sent: %s', async (_, damage) => {
    const staged = await stageIn(staging, ['user_ids'], users(3_000));
    await damage(join(staging.root, staged.location, 'requests-000000'));
    const requests = staging.read(staged, { firstRequest: 0, requests: 3 })[Symbol.asyncIterator]();
    const failure = await failureOf(requests.next() as Promise<unknown>);
    expect(failure).toMatchObject({ type: 'StagingFailed', retry: 'never' });
    expect(failure.message).toContain('requests-000000 of the staged rows is missing, or is not');
  });

  it('are an error where two files changed places', async () => {
    const staged = await stageIn(staging, ['user_ids'], users(50_000));
    const path = (name: string) => join(staging.root, staged.location, name);
    await rename(path('requests-000000'), path('aside'));
    await rename(path('requests-000001'), path('requests-000000'));
    await rename(path('aside'), path('requests-000001'));
    expect(await failureOf(readFirst(staged))).toMatchObject({ type: 'StagingFailed' });
  });

  it.each(['{"rows":', '', '\0\0\0\0'])(
    'are an error where a crash left this of the manifest: %j',
    async (text) => {
      const staged = await stageIn(staging, ['user_ids'], users(10));
      await writeFile(join(staging.root, staged.location, 'manifest.json'), text);
      const { type, retry, message } = await failureOf(readFirst(staged));
      expect({ type, retry }).toEqual({ type: 'StagingFailed', retry: 'never' });
      expect(message).toContain('is not the one that was committed');
    },
  );

  it('are an error where the manifest is missing or different', async () => {
    const staged = await stageIn(staging, ['user_ids'], users(10));
    const other = await failureOf(readFirst({ ...staged, checksum: 'x' }));
    expect(other.message).toContain('is not the one that was committed');
    await staging.remove(place.exportRunId);
    const { message } = await failureOf(readFirst(staged));
    expect(message).toContain('are gone');
    expect(message).toContain('Start a new export');
  });
});
