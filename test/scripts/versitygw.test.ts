import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { keptAt } from '../../scripts/programs/keep.ts';
import { findVersitygw, prepareVersitygw } from '../../scripts/versitygw/find.ts';
import { neededGo, versitygw } from '../../scripts/versitygw/versitygw.ts';
import { fakeGo } from '../support/fake-go.ts';
import { emptyFolder, repository } from '../support/folders.ts';
import { start } from '../support/processes.ts';

const SERVER = `echo "Version  : ${versitygw.version}"; echo "Build    : none"`;

/** A machine of its own: nothing on the PATH but what a test puts there, and an empty cache. */
function machine() {
  const bin = emptyFolder();
  const cache = emptyFolder();
  const env: Record<string, string> = { PATH: bin, COHORT_EXPORT_CACHE: cache, HOME: cache };
  return { bin, cache, env, prepare: () => prepareVersitygw(env, () => undefined) };
}

test('it is built once, by the Go that is here, and found from then on', async () => {
  const { bin, cache, env, prepare } = machine();
  fakeGo(bin, SERVER);
  const path = keptAt(versitygw, env);
  expect(await prepare()).toEqual({ path, missing: null });
  const built = readFileSync(join(cache, 'built'), 'utf8');
  expect(built).toContain('build -mod=readonly -trimpath');
  expect(built).toContain(`-X main.Version=${versitygw.version}`);
  expect(built).toContain('TOOLCHAIN=local');

  fakeGo(bin, null);
  expect(await prepare()).toEqual({ path, missing: null });
  expect(findVersitygw(env)).toEqual({ path, missing: null });
});

test('an old Go is not asked to download another one', async () => {
  const { bin, prepare } = machine();
  fakeGo(bin, SERVER, '1.24.9');
  expect((await prepare()).missing).toContain(`Go 1.24.9 is too old: ${neededGo} is required`);
});

test('set-up goes on without it, and the tests know the reason until there is another one', async () => {
  const { bin, env, prepare } = machine();
  expect(findVersitygw(env).missing).toContain('does not exist; `npm test` builds it or says why');

  const ensure = join(repository, 'scripts/versitygw/ensure.ts');
  const { code, stderr } = await start([process.execPath, ensure], { env }).ended;
  expect(code).toBe(0);
  const { missing } = findVersitygw(env);
  expect(missing).toContain('build: go is not on the PATH');
  expect(missing).toContain(`It takes Go ${neededGo} or newer`);
  expect(stderr).toContain(`the tests that need an S3 server will be skipped: ${missing}`);

  fakeGo(bin, null);
  await prepare();
  expect(findVersitygw(env).missing).toContain('no required module provides it');

  fakeGo(bin, SERVER);
  await prepare();
  expect(findVersitygw(env).missing).toBeNull();
  expect(readdirSync(dirname(keptAt(versitygw, env)))).toEqual(['versitygw']);
});

test('a cache that cannot be written is the reason, though none can be kept in it', async () => {
  const { bin, env } = machine();
  fakeGo(bin, SERVER);
  env.COHORT_EXPORT_CACHE = join(emptyFolder(), 'file');
  writeFileSync(env.COHORT_EXPORT_CACHE, '');
  const said: string[] = [];
  const { missing } = await prepareVersitygw(env, (line) => said.push(line));
  expect(missing).toContain('build: the cache cannot be written: ');
  expect(said.join('\n')).toContain('the tests cannot name the reason');
});
