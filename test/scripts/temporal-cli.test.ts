import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { programFolder } from '../../scripts/programs/cache.ts';
import type { Obtain } from '../../scripts/programs/obtain.ts';
import { isAtLeast } from '../../scripts/programs/version.ts';
import { download } from '../../scripts/temporal-cli/download.ts';
import { type FindOptions, findTemporalCli } from '../../scripts/temporal-cli/find.ts';
import { neededGo, temporalCli } from '../../scripts/temporal-cli/temporal-cli.ts';
import { fakeGo } from '../support/fake-go.ts';
import { emptyFolder, repository } from '../support/folders.ts';
import { fakeProgram, fakeTemporal, namedPipe, start } from '../support/processes.ts';
import { eventually } from '../support/wait.ts';

const PINNED = temporalCli.version;

// A machine of its own: nothing on the PATH but what a test puts there, and an empty cache.
function machine() {
  const bin = emptyFolder();
  const cache = emptyFolder();
  const env: Record<string, string> = { PATH: bin, COHORT_EXPORT_CACHE: cache, HOME: cache };
  const folder = programFolder('temporal-cli', PINNED, env);
  const said: string[] = [];
  const offline: Obtain = async () => {
    throw new Error('no network here');
  };
  return {
    bin,
    env,
    folder,
    said,
    leftovers: () => (existsSync(folder) ? readdirSync(folder) : []),
    find: (options: FindOptions = {}) =>
      findTemporalCli({ env, log: (line) => said.push(line), download: offline, ...options }),
  };
}

/** What a build of that version is. */
const cli = (version: string) => `echo temporal version ${version}`;

describe('TEMPORAL_CLI_PATH', () => {
  test('comes first, relative to the caller’s folder', async () => {
    const { bin, env, find } = machine();
    fakeTemporal(join(bin, 'temporal'), '1.8.0');
    const caller = emptyFolder();
    const path = fakeTemporal(join(caller, 'tools/mine'), '1.2.3');
    Object.assign(env, { TEMPORAL_CLI_PATH: 'tools/mine', INIT_CWD: caller });
    expect(await find()).toEqual({ path, version: '1.2.3', source: 'TEMPORAL_CLI_PATH' });
  });

  test('that names no file is an error, whatever else there is', async () => {
    const { bin, env, find } = machine();
    fakeTemporal(join(bin, 'temporal'), '1.8.0');
    env.TEMPORAL_CLI_PATH = join(bin, 'nothing');
    await expect(find()).rejects.toThrow(
      `TEMPORAL_CLI_PATH names ${env.TEMPORAL_CLI_PATH}, which cannot be used: there is no`,
    );
  });

  test('that names another program is an error with its output', async () => {
    const { bin, env, find } = machine();
    env.TEMPORAL_CLI_PATH = fakeProgram(join(bin, 'other'), 'echo hello');
    await expect(find()).rejects.toThrow('did not print a version of the Temporal CLI: hello');
  });
});

describe('the PATH', () => {
  test('gives a recent one; one that is too old is skipped, with a line that says so', async () => {
    const { bin, env, find, said } = machine();
    const old = fakeTemporal(join(bin, 'temporal'), '1.4.9');
    const newer = fakeTemporal(join(emptyFolder(), 'temporal'), '1.5.0');
    env.PATH = `${bin}:${join(newer, '..')}`;
    expect(await find()).toEqual({ path: newer, version: '1.5.0', source: 'PATH' });
    expect(said).toEqual([`on the PATH: ${old} is 1.4.9, but 1.5.0 or newer is required`]);
  });

  test('comes before the cache, which comes before anything that takes long', async () => {
    const { bin, find, folder } = machine();
    const kept = fakeTemporal(join(folder, 'temporal'), PINNED);
    expect(await find()).toEqual({ path: kept, version: PINNED, source: 'cache' });
    const onPath = fakeTemporal(join(bin, 'temporal'), '1.8.0');
    expect(await find()).toMatchObject({ path: onPath, source: 'PATH' });
  });
});

describe('making one', () => {
  test('by download, kept for the next time', async () => {
    const { find, folder, leftovers } = machine();
    const fetched: Obtain = async ({ folder: work, version }) =>
      fakeTemporal(join(work, 'anything'), version);
    const path = join(folder, 'temporal');
    expect(await find({ download: fetched })).toMatchObject({ path, source: 'download' });
    expect(await find()).toMatchObject({ path, source: 'cache' });
    expect(leftovers()).toEqual(['temporal']);
  });

  test('with Go where there is no network, from what go.sum verifies', async () => {
    const { bin, env, find, leftovers, said } = machine();
    fakeGo(bin, cli(PINNED));
    Object.assign(env, { GOOS: 'plan9', GOFLAGS: '-mod=mod' });
    expect(await find()).toMatchObject({ version: PINNED, source: 'build' });
    const built = readFileSync(join(env.HOME as string, 'built'), 'utf8');
    expect(built).toContain('build -mod=readonly -trimpath');
    expect(built).toContain('CGO=0 WORK=off OS= ');
    expect(said.join('\n')).toMatch(/no network here[\s\S]*four to six minutes/);
    expect(leftovers()).toEqual(['temporal']);
  });

  test('with an old Go only if it may download a newer one', async () => {
    const allowed = machine();
    fakeGo(allowed.bin, cli(PINNED), '1.21.3');
    expect(await allowed.find()).toMatchObject({ source: 'build' });

    const local = machine();
    fakeGo(local.bin, cli(PINNED), '1.21.3');
    local.env.GOTOOLCHAIN = 'local';
    await expect(local.find()).rejects.toThrow(`Go 1.21.3 is too old: ${neededGo} is required`);
  });

  test('a failed build leaves no file', async () => {
    const { bin, find, leftovers } = machine();
    fakeGo(bin, null);
    await expect(find()).rejects.toThrow('no required module provides it');
    expect(leftovers()).toEqual([]);
  });

  test('another version than the pinned one is not kept', async () => {
    const { bin, find, leftovers } = machine();
    fakeGo(bin, cli('0.0.0-DEV'));
    await expect(find()).rejects.toThrow(`it has version 0.0.0-DEV, not ${PINNED}`);
    expect(leftovers()).toEqual([]);
  });

  test('what a killed process left behind is removed', async () => {
    const { bin, find, folder, leftovers } = machine();
    mkdirSync(join(folder, 'new-abc'), { recursive: true });
    writeFileSync(join(folder, 'new-abc/temporal'), 'half');
    fakeGo(bin, cli(PINNED));
    await find();
    expect(leftovers()).toEqual(['temporal']);
  });

  test('two at once make it once', async () => {
    const { find, said } = machine();
    const gate = Promise.withResolvers<void>();
    const fetched = vi.fn<Obtain>(async ({ folder, version }) => {
      await gate.promise;
      return fakeTemporal(join(folder, 'it'), version);
    });
    const first = find({ download: fetched });
    await eventually(() => expect(fetched).toHaveBeenCalledOnce());
    const second = find({ download: fetched });
    await eventually(() => {
      const text = `waiting for process ${process.pid}, which is preparing the Temporal CLI`;
      expect(said).toContain(text);
    });
    gate.resolve();
    expect((await first).source).toBe('download');
    expect((await second).source).toBe('cache');
    expect(fetched).toHaveBeenCalledOnce();
  });

  test('the SDK’s download starts no server: it ends when the file is there', async () => {
    const folder = emptyFolder();
    // A file that is fresh is what the SDK would have downloaded.
    const file = fakeProgram(join(folder, `temporal-v${PINNED}`), 'exit 1');
    const log = () => undefined;
    expect(await download({ folder, version: PINNED, env: process.env, log })).toBe(file);
  });
});

describe('where nothing works', () => {
  test('one error lists what was tried, with each reason, and what to install', async () => {
    const { bin, find, folder } = machine();
    const old = fakeTemporal(join(bin, 'temporal'), '1.0.0');
    const error = await find().catch((reason: Error) => reason);
    expect(String(error)).toBe(
      `NoTemporalCli: No Temporal CLI was found, downloaded or built. Tried, in this order:
  - on the PATH: ${old} is 1.0.0, but 1.5.0 or newer is required
  - in the cache: nothing in ${folder}
  - download: no network here
  - build: go is not on the PATH
Install Go ${neededGo} or newer, or the Temporal CLI 1.5.0 or newer (on the PATH,
or named by TEMPORAL_CLI_PATH), then run the command again.`,
    );
  });

  test('a cache that cannot be written is among the reasons', async () => {
    const { env, find } = machine();
    const file = join(emptyFolder(), 'file');
    writeFileSync(file, '');
    env.COHORT_EXPORT_CACHE = file;
    await expect(find()).rejects.toThrow('the cache cannot be written: ');
  });
});

describe('npm run temporal', () => {
  const run = (env: Record<string, string>, ...args: string[]) =>
    start([process.execPath, join(repository, 'scripts/temporal.ts'), ...args], {
      cwd: repository,
      env: { ...env, PATH: '/usr/bin:/bin' },
    });

  test('passes on arguments, the caller’s folder and the exit code', async () => {
    const caller = emptyFolder();
    const answers = '[ "$1" = --version ] && echo temporal version 1.8.2 && exit';
    const TEMPORAL_CLI_PATH = fakeProgram(
      join(emptyFolder(), 'temporal'),
      `${answers}\npwd; printf '<%s>' "$@"; exit 7`,
    );
    const { code, stdout, stderr } = await run(
      { TEMPORAL_CLI_PATH, INIT_CWD: caller },
      'workflow',
      'a b',
      '',
    ).ended;
    expect({ code, stdout, stderr }).toEqual({
      code: 7,
      stdout: `${caller}\n<workflow><a b><>`,
      stderr: '',
    });
  });

  test('passes on signals', async () => {
    const gate = await namedPipe(join(emptyFolder(), 'gate'));
    const TEMPORAL_CLI_PATH = fakeProgram(
      join(emptyFolder(), 'temporal'),
      `[ "$1" = --version ] && echo temporal version 1.8.2 && exit
trap 'echo drained; exit 3' TERM
echo ready
while :; do read -r line < "${gate}"; done`,
    );
    const running = run({ TEMPORAL_CLI_PATH });
    await eventually(() => expect(running.stdout()).toBe('ready\n'));
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 3, stdout: 'ready\ndrained\n' });
  });

  test('says in one message why there is no CLI', async () => {
    const { code, stderr } = await run({ TEMPORAL_CLI_PATH: '/nowhere/temporal' }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^TEMPORAL_CLI_PATH names \/nowhere\/temporal, which cannot be used/);
  });
});

test('versions compare by their numbers', () => {
  expect(isAtLeast('1.10.0', '1.9.9')).toBe(true);
  expect(isAtLeast('1.26', '1.26.0')).toBe(true);
  expect(isAtLeast('0.0.0-DEV', '1.5.0')).toBe(false);
});
