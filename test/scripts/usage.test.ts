import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, repository } from '../support/folders.ts';
import { start } from '../support/processes.ts';

/** The first hands its arguments over, the second has commands and tests of its own. */
const OTHERS = ['temporal', 'schedule'];

const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const files = Object.entries(scripts).flatMap(([name, command]) => {
  const file = / (\S+\.ts)$/.exec(command)?.[1];
  return file === undefined || OTHERS.includes(name) ? [] : [[name, file] as const];
});

function call(file: string, ...args: string[]) {
  return start([process.execPath, join(repository, file), ...args], { cwd: emptyFolder() }).ended;
}

test('the scripts are found', () => {
  const names = files.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(['demo', 'worker', 'sandbox', 'bench']));
});

test.each(files)('npm run %s has a help', async (name, file) => {
  const help = await call(file, '--help');
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(new RegExp(`^Usage: npm run ${name}( -- .*)?\n\n`));
});

/** All of them read their arguments by `runScript`; the benchmark is the one that takes some. */
test.each([
  ['worker', /^Unexpected argument "stray"\./],
  ['bench', /^Unknown figure: stray\./],
])('npm run %s refuses what it does not know', async (name, words) => {
  const file = Object.fromEntries(files)[name] ?? '';
  const [option, argument] = await Promise.all([call(file, '--unknown'), call(file, 'stray')]);
  expect(option).toMatchObject({ code: 2, stdout: '' });
  expect(option.stderr).toContain("Unknown option '--unknown'");
  expect(option.stderr).toContain(`Usage: npm run ${name}`);
  expect(argument).toMatchObject({ code: 2, stdout: '' });
  expect(argument.stderr).toMatch(words);
});

test.each(files)('npm run %s reads its arguments as all others do', (_, file) => {
  expect(readFileSync(join(repository, file), 'utf8')).toMatch(/^.*\brunScript\(/m);
});
