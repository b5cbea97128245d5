import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, fakeProgram, repository, start } from '../support/folders.ts';

test('the lockfile names the optional packages of every platform, or `npm ci` refuses it', () => {
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
    .filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)));
  expect(missing).toEqual([]);
});

test('.ci/run runs the tests and the checks from any folder, and fails with either', async () => {
  const elsewhere = emptyFolder();
  const tools = emptyFolder();
  const env = { PATH: `${tools}:/usr/bin:/bin`, CI: 'true' };
  fakeProgram(join(tools, 'npm'), '[ "$1" != test ] || exit 1\necho "npm $*"');
  const command = ['bash', join(repository, '.ci/run')] as const;
  const failing = await start(command, { cwd: elsewhere, env }).ended;
  expect(failing.code).toBe(1);
  expect(failing.stdout).toContain('npm run check');
  expect(failing.stderr).toContain('failed: npm test');

  rmSync(join(tools, 'npm'));
  fakeProgram(join(tools, 'npm'), 'exit 0');
  expect((await start(command, { cwd: elsewhere, env }).ended).code).toBe(0);
});
