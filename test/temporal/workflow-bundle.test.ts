import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';
import { emptyFolder } from '../support/folders.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('the bundle of the workflows', () => {
  it('is made once, kept in the cache, and clears out bundles that nobody has used for long', async () => {
    const cache = emptyFolder();
    const { codePath } = await workflowBundle(cache);
    expect(codePath.startsWith(join(cache, 'workflows/'))).toBe(true);
    expect(readFileSync(codePath, 'utf8')).toContain('exportCohort');

    writeFileSync(codePath, '// made before');
    const folder = dirname(codePath);
    const old = new Date(Date.now() - 31 * DAY_MS);
    utimesSync(codePath, old, old);
    expect(await workflowBundle(cache)).toEqual({ codePath });
    expect(readFileSync(codePath, 'utf8')).toBe('// made before');
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('is made elsewhere where a file stands in the way of the cache', async () => {
    const file = join(emptyFolder(), 'file');
    writeFileSync(file, '');
    const { codePath } = await workflowBundle(file);
    expect(existsSync(codePath)).toBe(true);
    expect(codePath.startsWith(file)).toBe(false);
  });
});
