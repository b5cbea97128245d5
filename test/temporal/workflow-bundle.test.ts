import { readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';
import { emptyFolder } from '../support/folders.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('the bundle of the workflows', () => {
  it('is kept in the cache, made again where that is damaged, and clears out what nobody uses', async () => {
    const cache = emptyFolder();
    const { code } = await workflowBundle(cache);
    expect(code).toContain('exportCohort');
    const folder = join(cache, 'workflows');
    const [name = ''] = readdirSync(folder);
    const file = join(folder, name);

    writeFileSync(join(folder, 'old.js'), 'of an older version');
    const old = new Date(Date.now() - 31 * DAY_MS);
    for (const path of [file, join(folder, 'old.js')]) utimesSync(path, old, old);
    const kept = readFileSync(file);
    expect(await workflowBundle(cache)).toEqual({ code });
    expect(readFileSync(file)).toEqual(kept);

    truncateSync(file, 1_000);
    expect(await workflowBundle(cache)).toEqual({ code });
    expect(readFileSync(file)).toEqual(kept);
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('needs no cache: a file may stand in its way', async () => {
    const file = join(emptyFolder(), 'file');
    writeFileSync(file, '');
    expect((await workflowBundle(file)).code).toContain('exportCohort');
  });
});
