import { existsSync, readlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stageRows } from '../../src/staging/stage-rows.ts';
import { createStaging, options, place, users } from './create-staging.ts';
import { rowsOf } from './in-memory-source.ts';

interface Synced {
  readonly name: string;
  readonly isCommitted: boolean;
}

describe('what is committed', () => {
  let synced: Synced[];
  let manifest = '';
  beforeEach(async ({ skip }) => {
    skip(process.platform !== 'linux', 'open files are found in /proc, which is of Linux');
    synced = [];
    const file = await open(import.meta.filename);
    const prototype = Object.getPrototypeOf(file) as FileHandle;
    await file.close();
    const { sync } = prototype;
    vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
      await sync.call(this);
      const name = basename(readlinkSync(`/proc/self/fd/${this.fd}`));
      synced.push({ name, isCommitted: existsSync(manifest) });
    });
  });
  afterEach(() => void vi.restoreAllMocks());

  it('is on disk before the manifest has its name, and the name is before the commit returns', async () => {
    const staging = await createStaging();
    const attempt = `${place.runId}.${place.attempt}`;
    manifest = join(staging.root, 'runs', place.exportRunId, attempt, 'manifest.json');
    synced.length = 0;
    const rows = [...users(120_000), ['']];
    await stageRows(rowsOf(['user_ids'], rows), await staging.write(place), options);
    const before = synced.filter(({ isCommitted }) => !isCommitted).map(({ name }) => name);
    const files = Array.from({ length: 5 }, (_, index) => `requests-00000${index}`);
    const directories = [attempt, place.exportRunId, 'runs', place.namespaceId];
    const others = ['export.json', 'rejects.jsonl', 'manifest.json.draft'];
    expect(before.toSorted()).toEqual([...files, ...directories, ...others].toSorted());
    expect(before.at(-1)).toBe('manifest.json.draft');
    const after = synced.filter(({ isCommitted }) => isCommitted).map(({ name }) => name);
    expect(after).toEqual([attempt]);
  });
});
