import { execFile } from 'node:child_process';
import { lstatSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Script } from '../src/command-line/command.ts';
import type { ParsedOptions } from '../src/command-line/parse-options.ts';
import { runScript } from '../src/command-line/script.ts';
import { table } from '../src/command-line/text.ts';
import {
  behind,
  type InstalledPackage,
  installedPackages,
  isAllowed,
  newestVersions,
} from './dependencies/packages.ts';

const LIST_DEPENDENCIES: Script = {
  call: 'npm run list-dependencies',
  operands: null,
  options: [],
  flags: [{ name: 'json', help: 'print one JSON document on stdout instead of text' }],
  summary: `Lists every package that a worker is installed with: its version, how far it is behind the newest
one, its licence, and how much disk space it takes.`,
  help: `Asks npm's registry, but does not need it. Exits with 1 if a licence is not on the list in
scripts/dependencies.ts.`,
};

/** Licences that ask for no more than to be named. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'Unlicense',
]);

/** Of packages whose package.json names none, by what their LICENSE file says. */
const READ_BY_HAND: Readonly<Record<string, string>> = { unionfs: 'Unlicense' };

const ROOT = resolve(import.meta.dirname, '..');
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

interface Row {
  readonly name: string;
  readonly version: string;
  /** `null` where the registry could not be asked. */
  readonly newest: string | null;
  readonly licence: string | null;
  readonly isAllowed: boolean;
  readonly bytes: number;
  readonly isDirect: boolean;
}

async function main({ flags }: ParsedOptions): Promise<number> {
  const rows = await listDependencies();
  if (flags.has('json')) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else print(rows);
  const refused = rows.filter((row) => !row.isAllowed);
  for (const { name, version, licence } of refused) {
    console.error(`${name} ${version}: the licence ${licence ?? '(none named)'} is not allowed`);
  }
  return refused.length === 0 ? 0 : 1;
}

async function listDependencies(): Promise<Row[]> {
  const tree = await npm('ls', '--all', '--long', '--json', '--omit=dev');
  const packages = installedPackages(tree as Parameters<typeof installedPackages>[0]);
  if (packages.length === 0) throw new Error('npm ls lists no dependencies: run npm ci first');
  const newest = await newestOf(packages);
  return packages.map(({ name, version, licence: named, isDirect, path }) => {
    const licence = named ?? READ_BY_HAND[name] ?? null;
    return {
      name,
      version,
      newest: newest === null ? null : (newest.get(path) ?? version),
      licence,
      isAllowed: licence !== null && isAllowed(licence, ALLOWED),
      bytes: sizeOf(path),
      isDirect,
    };
  });
}

async function newestOf(packages: readonly InstalledPackage[]) {
  const outdated = await npm('outdated', '--all', '--json', '--omit=dev');
  if (!('error' in outdated)) {
    return newestVersions(outdated as Parameters<typeof newestVersions>[0]);
  }
  const { summary = 'no response' } = outdated.error as { summary?: string };
  console.error(`The registry could not be asked about ${packages.length} packages: ${summary}`);
  return null;
}

/** What npm prints as JSON. It ends with 1 where it has something to complain of, too. */
async function npm(...args: string[]): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await promisify(execFile)('npm', args, {
    cwd: ROOT,
    maxBuffer: MAX_OUTPUT_BYTES,
  }).catch((error: Error & { stdout?: string }) => {
    if (error.stdout === undefined || error.stdout === '') throw error;
    return { stdout: error.stdout };
  });
  return JSON.parse(stdout);
}

/** Bytes of a package's files, without packages inside it. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sizeOf(path) : lstatSync(path).size;
    })
    .reduce((sum, bytes) => sum + bytes, 0);
}

function print(rows: readonly Row[]): void {
  const lines = (part: readonly Row[]) =>
    part.map(({ name, version, newest, licence, bytes }) => [
      name,
      version,
      newest === null ? '?' : behind(version, newest) === '' ? '' : `→ ${newest}`,
      newest === null ? '?' : behind(version, newest),
      megabytes(bytes),
      licence ?? '?',
    ]);
  const direct = rows.filter((row) => row.isDirect);
  const others = rows.filter((row) => !row.isDirect);
  const head = ['package', 'version', 'newest', 'behind', 'MB', 'licence'];
  const text = table([head, ...lines(direct), [''], ...lines(others)], '');
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  const total = `${direct.length} direct and ${others.length} other packages, ${megabytes(bytes)} MB`;
  process.stdout.write(`${text.join('\n')}\n\n${total}\n`);
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

process.exitCode = await runScript(LIST_DEPENDENCIES, process.argv.slice(2), main);
