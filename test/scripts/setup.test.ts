import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyFolder, repository } from '../support/folders.ts';
import { fakeProgram, namedPipe, type Running, start } from '../support/processes.ts';
import { eventually } from '../support/wait.ts';

const PINNED = '24.99.1';
const PINNED_NODE = { version: PINNED, integrity: 'sha512-node' };
const STAMP = 'node_modules/.cohort-export-setup';
const NOBODY = 65_534;

// What the fake npm does after it has noted that it was called.
const INSTALLS = `rm -rf node_modules
mkdir -p node_modules/.bin
printf '#!/bin/sh\\necho v${PINNED}\\n' > node_modules/.bin/node
chmod +x node_modules/.bin/node`;
const INSTALLS_NO_NODE = 'mkdir -p node_modules/.bin';
const FAILS_HALF_WAY = `mkdir -p node_modules/half
echo "npm error code EAI_AGAIN" >&2
echo "npm error request to the registry failed" >&2
exit 1`;
const WAITS_AT_GATE = 'cat "$GATE"';
const HANGS = 'exec cat "$GATE"';

interface Clone {
  root: string;
  env: Record<string, string>;
  npmDoes(script: string): void;
  calls(): string[];
  run(...args: string[]): Running;
}

/** A copy of the set-up in a project without dependencies, with a fake npm first on the PATH. */
function clone(): Clone {
  const root = emptyFolder();
  const tools = emptyFolder();
  mkdirSync(join(root, 'scripts'));
  cpSync(join(repository, 'scripts/setup.mjs'), join(root, 'scripts/setup.mjs'));
  cpSync(join(repository, 'scripts/setup'), join(root, 'scripts/setup'), { recursive: true });
  writeFileSync(join(root, 'package-lock.json'), lockfileWith({}));

  const record = join(tools, 'calls');
  const env = { PATH: `${tools}:/usr/bin:/bin`, CALLS: record, GATE: join(tools, 'gate') };
  const npmDoes = (script: string) => {
    const note = 'echo "$*" >> "$CALLS"\nenv > "$CALLS.env"';
    fakeProgram(join(tools, 'npm'), `${note}\n${script}`);
  };
  npmDoes(INSTALLS);
  return {
    root,
    env,
    npmDoes,
    calls: () => (existsSync(record) ? readFileSync(record, 'utf8').trimEnd().split('\n') : []),
    run: (...args) => start([process.execPath, 'scripts/setup.mjs', ...args], { cwd: root, env }),
  };
}

function lockfileWith(packages: object): string {
  return JSON.stringify({ packages: { '': {}, 'node_modules/node': PINNED_NODE, ...packages } });
}

function installedByHand(root: string, version: string): void {
  const a = { version: '1.0.0', integrity: 'sha512-same' };
  const elsewhere = { version: '1.0.0', optional: true, os: ['elsewhere'] };
  const wanted = { 'node_modules/a': a, 'node_modules/b': elsewhere };
  const record = {
    packages: { 'node_modules/node': PINNED_NODE, 'node_modules/a': { ...a, version } },
  };
  writeFileSync(join(root, 'package-lock.json'), lockfileWith(wanted));
  fakeProgram(join(root, 'node_modules/.bin/node'), `echo v${PINNED}`);
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify(record));
}

describe('dependencies', () => {
  test('a fresh clone gets them, once, and nothing reaches stdout', async () => {
    const fresh = clone();
    const first = await fresh.run().ended;
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toContain('installing dependencies');

    expect(await fresh.run().ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(fresh.calls()).toEqual(['ci --include=dev --no-audit --no-fund']);
  });

  test('another lockfile installs again', async () => {
    const changed = clone();
    await changed.run().ended;
    writeFileSync(join(changed.root, 'package-lock.json'), lockfileWith({ new: {} }));
    expect((await changed.run().ended).code).toBe(0);
    expect(changed.calls()).toHaveLength(2);
  });

  test('an install that dies halfway leaves no stamp, and the next command starts again', async () => {
    const broken = clone();
    broken.npmDoes(FAILS_HALF_WAY);
    const failed = await broken.run().ended;
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toContain('npm error request to the registry failed');
    expect(failed.stderr).toContain('Check the network and the proxy');
    expect(existsSync(join(broken.root, STAMP))).toBe(false);

    broken.npmDoes(INSTALLS);
    expect((await broken.run().ended).code).toBe(0);
  });

  test('two commands at once install once; the second says what it waits for', async () => {
    const shared = clone();
    await namedPipe(shared.env.GATE as string);
    shared.npmDoes(`${WAITS_AT_GATE}\n${INSTALLS}`);
    const first = shared.run();
    await eventually(() => expect(shared.calls()).toHaveLength(1));
    const second = shared.run();
    await eventually(() => {
      expect(second.stderr()).toContain(`waiting for process ${first.child.pid}`);
    });

    await writeFile(shared.env.GATE as string, 'go');
    expect((await first.ended).code).toBe(0);
    expect((await second.ended).code).toBe(0);
    expect(shared.calls()).toHaveLength(1);
  });

  test('a signal ends npm too, and the next command does not have to wait', async () => {
    const stopped = clone();
    await namedPipe(stopped.env.GATE as string);
    stopped.npmDoes(HANGS);
    const running = stopped.run();
    await eventually(() => expect(stopped.calls()).toHaveLength(1));
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
    expect(existsSync(join(stopped.root, STAMP))).toBe(false);

    stopped.npmDoes(INSTALLS);
    const next = await stopped.run().ended;
    expect(next.code).toBe(0);
    expect(next.stderr).not.toContain('waiting');
  });

  test('what was installed with npm by hand is kept', async () => {
    const byHand = clone();
    installedByHand(byHand.root, '1.0.0');
    expect(await byHand.run().ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(byHand.calls()).toEqual([]);
    expect(existsSync(join(byHand.root, STAMP))).toBe(true);
  });

  test('what npm installed from another lockfile is replaced', async () => {
    const byHand = clone();
    installedByHand(byHand.root, '0.9.0');
    expect((await byHand.run().ended).code).toBe(0);
    expect(byHand.calls()).toHaveLength(1);
  });
});

describe('what cannot work is reported', () => {
  test('no npm', async () => {
    const without = clone();
    without.env.PATH = emptyFolder();
    const { code, stderr } = await without.run().ended;
    expect(code).toBe(1);
    expect(stderr).toContain('npm was not found on the PATH');
  });

  test('no pinned Node, because install scripts were not allowed: the command that cures it', async () => {
    const strict = clone();
    strict.npmDoes(INSTALLS_NO_NODE);
    const { code, stderr } = await strict.run().ended;
    expect(code).toBe(1);
    expect(stderr).toContain('npm rebuild node --ignore-scripts=false');
    expect(existsSync(join(strict.root, STAMP))).toBe(false);
  });

  test('a pinned Node that does not run here', async () => {
    const foreign = clone();
    foreign.npmDoes(INSTALLS.replace(`echo v${PINNED}`, 'echo not found: ld-linux; exit 127'));
    const { code, stderr } = await foreign.run().ended;
    expect(code).toBe(1);
    expect(stderr).toContain('does not run here: not found: ld-linux');
  });

  test('a folder that cannot be written', async ({ skip }) => {
    const readOnly = clone();
    // Root may write anywhere: the set-up has to run as someone else.
    const uid = process.getuid?.() === 0 ? NOBODY : undefined;
    chmodSync(readOnly.root, 0o555);
    const command = [process.execPath, 'scripts/setup.mjs'] as const;
    const options = { cwd: readOnly.root, env: readOnly.env, ...(uid ? { uid } : {}) };
    const usable = spawnSync(process.execPath, ['--version'], options).status === 0;
    if (!usable) skip('another user cannot run this Node');

    const { code, stderr } = await start(command, options).ended;
    chmodSync(readOnly.root, 0o755);
    expect(code).toBe(1);
    expect(stderr).toContain(`cannot write to ${readOnly.root}`);
  });

  test('an unknown argument', async () => {
    const { code, stderr } = await clone().run('--temporal').ended;
    expect(code).toBe(2);
    expect(stderr).toContain('unknown argument --temporal;');
  });
});

describe('the nested npm', () => {
  // Each of our scripts begins with the set-up, which would wait for the one that runs npm.
  test('finds no script that `npm ci` runs by itself', () => {
    const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    const byItself = /^(pre|post)?(install|prepare|prepublish|dependencies)$/;
    expect(Object.keys(scripts).filter((name) => byItself.test(name))).toEqual([]);
  });

  test('ignores the settings of the outer one', async () => {
    const nested = clone();
    Object.assign(nested.env, {
      npm_config_loglevel: 'silent',
      npm_config_omit: 'dev',
      NPM_CONFIG_DRY_RUN: 'true',
      npm_config_ignore_scripts: 'true',
      npm_config_cache: '/some/cache',
      npm_lifecycle_event: 'demo',
      npm_package_json: '/some/package.json',
      PATH: `/some/node_modules/.bin:${nested.env.PATH}`,
    });
    expect((await nested.run().ended).code).toBe(0);
    const seen = readFileSync(`${nested.env.CALLS}.env`, 'utf8').split('\n');
    const named = (name: string) => seen.find((line) => line.startsWith(`${name}=`));
    expect(named('npm_config_loglevel')).toBe('npm_config_loglevel=warn');
    expect(named('npm_config_omit')).toBeUndefined();
    expect(named('NPM_CONFIG_DRY_RUN')).toBeUndefined();
    expect(named('npm_lifecycle_event')).toBeUndefined();
    expect(named('npm_package_json')).toBeUndefined();
    // The user's own decisions hold.
    expect(named('npm_config_ignore_scripts')).toBe('npm_config_ignore_scripts=true');
    expect(named('npm_config_cache')).toBe('npm_config_cache=/some/cache');
    expect(named('PATH')).not.toContain('/some/node_modules/.bin');
  });

  test.each([
    { by: ['npm', 'run', '--silent', 'setup', '--', 'more'] as const, stdout: /^done more\n$/ },
    { by: ['npm', 'test'] as const, stdout: /done\n$/ },
  ])('is the real npm under $by in production', { timeout: 60_000 }, async ({ by, stdout }) => {
    const real = clone();
    // The package is an archive in the project: npm needs no network for it.
    const source = join(emptyFolder(), 'node');
    const spec = `file:node-${PINNED}.tgz`;
    const pack = { name: 'node', version: PINNED, bin: { node: 'node' } };
    fakeProgram(join(source, 'node'), `echo v${PINNED}`);
    writeFileSync(join(source, 'package.json'), JSON.stringify(pack));
    execFileSync('npm', ['pack', '--silent', source], { cwd: real.root });
    const script = 'node scripts/setup.mjs && exec echo done';
    const project = { name: 'clone', version: '1.0.0', devDependencies: { node: spec } };
    const packages = {
      '': project,
      'node_modules/node': { version: PINNED, resolved: spec, dev: true, bin: pack.bin },
    };
    const files = {
      'package.json': { ...project, scripts: { setup: script, test: script } },
      'package-lock.json': { ...project, lockfileVersion: 3, packages },
    };
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(real.root, name), JSON.stringify(content));
    }

    const env = { ...process.env, NODE_ENV: 'production', npm_config_offline: 'true' };
    const outcome = await start(by, { cwd: real.root, env }).ended;
    expect(outcome.stderr).toContain('setup: dependencies installed');
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(stdout);
    expect(existsSync(join(real.root, STAMP))).toBe(true);
  });
});

test('programs are made by TypeScript on the pinned Node, whose output goes to stderr, until one fails', async () => {
  const both = clone();
  const answer = (exits: string) =>
    INSTALLS.replace(
      `echo v${PINNED}`,
      `[ "$1" != --version ] || exec echo v${PINNED}; echo "$1"; ${exits}`,
    );
  both.npmDoes(answer('true'));
  const made = await both.run('--versitygw', '--temporal-cli').ended;
  expect(made).toMatchObject({ code: 0, stdout: '' });
  expect(made.stderr).toMatch(/temporal-cli\/ensure\.ts\n.*versitygw\/ensure\.ts\n$/);

  writeFileSync(join(both.root, 'package-lock.json'), lockfileWith({ another: {} }));
  both.npmDoes(answer('exit 5'));
  const failed = await both.run('--temporal-cli', '--versitygw').ended;
  expect(failed).toMatchObject({ code: 5, stdout: '' });
  expect(failed.stderr).not.toContain('versitygw');
});
