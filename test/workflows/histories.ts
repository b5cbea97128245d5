import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A folder for each version, with a file for each history, and which versions are frozen. */
export const HISTORIES = fileURLToPath(new URL('./histories', import.meta.url));

/** In the JSON that the Temporal CLI and Web UI use too. */
export interface RecordedHistory {
  readonly version: string;
  readonly name: string;
  readonly history: unknown;
}

/** For each frozen version the SHA-256 of its files. */
type Frozen = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The version whose histories are recorded now: without the patch, which changes no workflow. */
export async function currentVersion(): Promise<string> {
  const file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string };
  return version.split('.').slice(0, 2).join('.');
}

export async function readHistories(directory = HISTORIES): Promise<RecordedHistory[]> {
  const versions = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const histories = await Promise.all(
    versions.sort().map(async (version) => {
      const files = await historyFiles(directory, version);
      return await Promise.all(
        files.map(async (file) => ({
          version,
          name: file.replace(/\.json$/, ''),
          history: JSON.parse(await readFile(join(directory, version, file), 'utf8')) as unknown,
        })),
      );
    }),
  );
  return histories.flat();
}

/** @throws Error where the histories of a version may not be recorded any more */
export async function requireNotFrozen(version: string, directory = HISTORIES): Promise<void> {
  if (!(version in (await readFrozen(directory)))) return;
  throw new Error(
    `The histories of ${version} are frozen: runs of that version may still be under way. Raise the version in package.json, and record for the new one.`,
  );
}

/** Replaces the histories of a version. @throws Error where it is frozen */
export async function writeHistories(
  version: string,
  histories: ReadonlyMap<string, unknown>,
  directory = HISTORIES,
): Promise<void> {
  await requireNotFrozen(version, directory);
  const folder = join(directory, version);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, history] of histories) {
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify(history)}\n`);
  }
}

/** From now on the histories of this version must stay as they are. */
export async function freeze(version: string, directory = HISTORIES): Promise<void> {
  const frozen = await readFrozen(directory);
  if (version in frozen) throw new Error(`The histories of ${version} are frozen already.`);
  const files = await historyFiles(directory, version);
  const hashes = await Promise.all(
    files.map(async (file) => [file, await sha256(join(directory, version, file))] as const),
  );
  const added = { ...frozen, [version]: Object.fromEntries(hashes) };
  await writeFile(frozenFile(directory), `${JSON.stringify(added, null, 2)}\n`);
}

/** What is no longer as it was when its version was frozen, one line each. */
export async function frozenProblems(directory = HISTORIES): Promise<string[]> {
  const problems: string[] = [];
  for (const [version, hashes] of Object.entries(await readFrozen(directory))) {
    for (const [file, hash] of Object.entries(hashes)) {
      const path = join(directory, version, file);
      if (!existsSync(path)) problems.push(`${version}/${file} is gone`);
      else if ((await sha256(path)) !== hash) problems.push(`${version}/${file} was changed`);
    }
  }
  return problems;
}

async function historyFiles(directory: string, version: string): Promise<string[]> {
  const files = await readdir(join(directory, version));
  return files.filter((name) => name.endsWith('.json')).sort();
}

async function readFrozen(directory: string): Promise<Frozen> {
  const file = frozenFile(directory);
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Frozen) : {};
}

const frozenFile = (directory: string) => join(directory, 'frozen.json');

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
