import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Scratch } from '../../src/staging/scratch.ts';
import { emptyFolder } from '../support/folders.ts';

/** The id of a process that has ended. */
function endedProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

describe('the scratch directory', () => {
  it('says whether it is in memory', async ({ skip }) => {
    skip(process.platform !== 'linux', 'only of Linux is it known');
    const inMemory = mkdtempSync('/dev/shm/scratch-');
    onTestFinished(() => rmSync(inMemory, { recursive: true }));
    // The last one is never tmpfs, whatever the temporary directory is.
    for (const root of [inMemory, emptyFolder(), '/proc/self']) {
      const type = spawnSync('stat', ['-f', '-c', '%T', root], { encoding: 'utf8' }).stdout.trim();
      const { isInMemory } = await new Scratch(root).prepare();
      expect([root, isInMemory]).toEqual([root, type === 'tmpfs']);
    }
  });

  it('is closed to others, and has a directory for each query while it runs', async () => {
    const root = join(emptyFolder(), 'below', 'scratch');
    {
      await using scratch = new Scratch(root);
      await scratch.prepare();
      {
        await using one = await scratch.directory();
        await using other = await scratch.directory();
        expect(one.path).not.toBe(other.path);
        mkdirSync(join(one.path, 'spilled'));
        for (const path of [root, join(one.path, '..'), one.path]) {
          expect(statSync(path).mode & 0o777).toBe(0o700);
        }
      }
      const [own = ''] = readdirSync(root);
      expect(readdirSync(join(root, own))).toEqual([]);
    }
    expect(readdirSync(root)).toEqual([]);
  });

  it('is cleaned at the start of what dead processes of this machine left, and of nothing else', async () => {
    const root = emptyFolder();
    const left = (pid: number, host = hostname()) => `cohort-export-${pid}-${host}-0a1b2c`;
    const dead = left(endedProcess());
    // As in a container, where the next worker gets the same process id.
    const earlier = left(process.pid);
    const kept = [left(process.ppid), left(endedProcess(), 'another-host'), 'of-somebody-else'];
    for (const name of [dead, earlier, ...kept])
      mkdirSync(join(root, name, 'query-1', 'deep'), { recursive: true });
    utimesSync(join(root, earlier), 1, 1);
    await using first = new Scratch(root);
    await using running = await first.directory();
    await using second = new Scratch(root);
    await second.prepare();
    expect(existsSync(running.path)).toBe(true);
    const names = readdirSync(root);
    expect(names).toEqual(expect.arrayContaining(kept));
    expect(names).not.toContain(dead);
    expect(names).not.toContain(earlier);
  });

  it('works again after something has removed it', async () => {
    const root = join(emptyFolder(), 'scratch');
    await using scratch = new Scratch(root);
    await using first = await scratch.directory();
    spawnSync('rm', ['-r', root]);
    expect(existsSync(first.path)).toBe(false);
    await using second = await scratch.directory();
    expect(existsSync(second.path)).toBe(true);
  });

  it('is refused where others may write, as they could have been there first', async () => {
    const root = emptyFolder();
    chmodSync(root, 0o777);
    await expect(new Scratch(root).prepare()).rejects.toMatchObject({
      type: 'StagingFailed',
      message: expect.stringContaining(`worker.scratchDirectory ${root} belongs to another user`),
    });
  });

  it('says where it cannot be made', async () => {
    const root = join(import.meta.filename, 'scratch');
    await expect(new Scratch(root).directory()).rejects.toMatchObject({
      type: 'StagingFailed',
      retry: 'backoff',
      message: expect.stringContaining(`worker.scratchDirectory ${root} cannot be used (ENOTDIR)`),
    });
  });
});
