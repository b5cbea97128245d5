import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyFolder, repository } from '../support/folders.ts';
import { fakeProgram, start } from '../support/processes.ts';

test('the lockfile names the optional packages of every platform, as `npm ci` requires', () => {
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
    .filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)));
  expect(missing).toEqual([]);
});

describe('.ci/run', () => {
  const LINT = 'run lint';
  const UNIT = 'run test:unit';
  const REST = 'test -- --project=!unit';

  /** Runs it from another folder with an npm that notes each call, and does what `script` says. */
  async function run(script: string) {
    const tools = emptyFolder();
    const calls = join(tools, 'calls');
    fakeProgram(join(tools, 'npm'), `echo "$PWD: npm $*" >> ${calls}\n${script}`);
    const env = { PATH: `${tools}:/usr/bin:/bin`, CI: 'true' };
    const command = ['bash', join(repository, '.ci/run')] as const;
    const ended = await start(command, { cwd: emptyFolder(), env, stdin: 'pipe' }).ended;
    return { ...ended, calls: readFileSync(calls, 'utf8').trimEnd().split('\n') };
  }
  const everyCall = [LINT, UNIT, REST].map((args) => `${repository}: npm ${args}`);

  test('runs the quick checks first, in the repository, and passes when all do', async () => {
    const { code, stdout, stderr, calls } = await run('exit 0');
    expect([code, stderr]).toEqual([0, '']);
    expect(calls).toEqual(everyCall);
    expect(stdout.trimEnd().split('\n')).toEqual([
      ...[LINT, UNIT, REST].map((args) => `== npm ${args}`),
      ...[LINT, UNIT, REST].map((args) => `== passed: npm ${args}`),
    ]);
  });

  test.each([[[LINT]], [[UNIT]], [[REST]], [[LINT, REST]], [[LINT, UNIT, REST]]])(
    'runs the rest after a failure, and names each one: %j',
    async (failing) => {
      const patterns = failing.map((args) => `"${args}"`).join('|');
      const { code, stdout, stderr, calls } = await run(`case "$*" in ${patterns}) exit 3;; esac`);
      expect(calls).toEqual(everyCall);
      expect(stderr.trimEnd().split('\n')).toEqual(
        failing.map((args) => `== failed: npm ${args} (exit code 3)`),
      );
      expect(code).toBe(1);
      expect(stdout).not.toContain('passed');
    },
  );

  test('counts a command that was killed as failed, and gives none of them a terminal', async () => {
    const { code, stderr } = await run(`[ "$*" != "${REST}" ] || kill -9 $$\ncat`);
    expect(stderr).toContain(`== failed: npm ${REST} (exit code 137)`);
    expect(code).toBe(1);
  });

  test('calls scripts that exist, and `lint` runs every static check', () => {
    const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['lint', 'test:unit', 'test']));
    expect(scripts.lint?.split(' && ').slice(1)).toEqual(['biome check .', 'tsc', 'knip']);
    expect(scripts.test).toMatch(/vitest\.mjs run$/);
    expect(scripts['test:unit']).toMatch(/vitest\.mjs run --project unit$/);
    accessSync(join(repository, '.ci/run'), constants.X_OK);
  });
});
