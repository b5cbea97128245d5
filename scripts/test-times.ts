import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Script } from '../src/command-line/command.ts';
import { runScript } from '../src/command-line/script.ts';

const TEST_TIMES: Script = {
  call: 'npm run test:times',
  operands: null,
  options: [],
  flags: [],
  summary: 'Lists the slowest files and tests of the last run of the tests.',
};
const SHOWN = 15;
const ROOT = resolve(import.meta.dirname, '..');

interface TestFile {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly { readonly fullName: string; readonly duration?: number }[];
}

function print(title: string, entries: readonly (readonly [ms: number, name: string])[]): void {
  console.log(title);
  for (const [ms, name] of entries.toSorted(([a], [b]) => b - a).slice(0, SHOWN)) {
    console.log(`${(ms / 1_000).toFixed(1).padStart(8)} s  ${name}`);
  }
}

function main(): number {
  const times = readFileSync(join(ROOT, 'var/test-times.json'), 'utf8');
  const { testResults } = JSON.parse(times) as { testResults: readonly TestFile[] };
  const files = testResults.map((file) => ({ ...file, name: relative(ROOT, file.name) }));
  print(
    'The slowest files:',
    files.map(({ name, startTime, endTime }) => [endTime - startTime, name]),
  );
  print(
    'The slowest tests:',
    files.flatMap(({ name, assertionResults }) =>
      assertionResults.map(
        ({ fullName, duration = 0 }) => [duration, `${name}: ${fullName}`] as const,
      ),
    ),
  );
  return 0;
}

process.exitCode = await runScript(TEST_TIMES, process.argv.slice(2), main);
