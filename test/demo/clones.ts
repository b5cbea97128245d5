import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/folders.ts';
import { shellEnvironment } from './running-demo.ts';

/**
 * Clones this repository as it is now, with what is not committed yet. The packages are those that are
 * here: the tests of set-up, and every run of CI on its own clone, install them.
 */
export function cloneRepository(folder: string): void {
  git('clone', '--quiet', '--local', repository, folder);
  const changed = git('ls-files', '-z', '--modified', '--others', '--exclude-standard');
  for (const file of changed.split('\0').filter((name) => name !== '')) {
    const [from, to] = [join(repository, file), join(folder, file)];
    if (existsSync(from)) cpSync(from, to);
    else rmSync(to, { force: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
}

/** Brings a clone to where a demo starts at once; quick where a demo has run there. */
export function setUp(clone: string): void {
  const inClone = { cwd: clone, env: shellEnvironment() };
  execFileSync('node', ['scripts/setup.mjs', '--temporal-cli'], inClone);
  execFileSync(join(clone, 'node_modules/.bin/node'), ['scripts/sample-data.ts'], inClone);
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8' });
}
