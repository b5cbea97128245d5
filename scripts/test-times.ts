// `npm run test:times`: the slowest files and tests of the last run.
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

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
