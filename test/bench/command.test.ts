import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIGURES } from '../../scripts/bench/goals.ts';
import { whyNoS3Server } from '../../scripts/versitygw/server.ts';
import { repository } from '../support/folders.ts';
import { start } from '../support/processes.ts';

const NAMES: string[] = FIGURES.map(({ name }) => name);
/** It starts Temporal, the sandbox and two workers, and most figures an export. */
const SMOKE_WITHIN_MS = 4 * 60_000;

function bench(...args: string[]) {
  const script = join(repository, 'scripts/bench.ts');
  return start([process.execPath, script, ...args], { cwd: repository }).ended;
}

test('an unknown name is wrong usage, and the message lists the known names', async () => {
  const { code, stdout, stderr } = await bench('small', 'lane');
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('Unknown figure: lane.');
  for (const name of NAMES) expect(stderr).toContain(name);
});

test.each([
  ['--runs', '0'],
  ['--runs', 'many'],
  ['--run', '3'],
])('%s %s is wrong usage', async (option, value) => {
  const { code, stderr } = await bench(option, value);
  expect(code).toBe(2);
  expect(stderr).toContain(option);
});

test('--help names every figure with its goals', async () => {
  const { code, stdout } = await bench('--help');
  expect(code).toBe(0);
  for (const name of NAMES) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  expect(stdout).toContain('lane use: at least 0.97');
});

test('--smoke measures every figure and judges none', { timeout: SMOKE_WITHIN_MS }, async () => {
  // Without an S3 server, the tests that need one say why they are skipped.
  const measured = NAMES.filter((name) => name !== 's3' || whyNoS3Server === null);
  const { code, stdout, stderr } = await bench('--smoke', '--json', ...measured);
  expect(code, stderr).toBe(0);
  const { machine, figures, missed } = JSON.parse(stdout);
  expect(machine).toMatchObject({ node: process.version, temporalCli: expect.any(String) });
  expect(missed).toEqual([]);
  expect(figures.map(({ name }: { name: string }) => name)).toEqual(measured);
  for (const { name, observations, error } of figures) {
    expect(error, name).toBeNull();
    expect(observations, name).not.toHaveLength(0);
    for (const { median, isMet } of observations) {
      expect(median, name).toEqual(expect.any(Number));
      expect(isMet, name).toBeNull();
    }
    expect(stderr).toContain(`${name}: run 1 of 1`);
  }
});
