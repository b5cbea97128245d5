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

test.each(files)('npm run %s has a help, and refuses what it does not know', async (name, file) => {
  const [help, option, argument] = await Promise.all([
    call(file, '--help'),
    call(file, '--unknown'),
    call(file, 'stray'),
  ]);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(new RegExp(`^Usage: npm run ${name}( -- .*)?\n\n`));
  expect(option).toMatchObject({ code: 2, stdout: '' });
  expect(option.stderr).toContain("Unknown option '--unknown'");
  expect(option.stderr).toContain(help.stdout);
  expect(argument).toMatchObject({ code: 2, stdout: '' });
  expect(argument.stderr).toMatch(/^(Unexpected argument "stray"|Unknown figure: stray)\./);
});
