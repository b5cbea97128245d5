import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import type { Environment } from '../../src/config/environment.ts';
import { Interrupted } from '../setup/child.mjs';
import { withLock } from '../setup/lock.mjs';
import { build } from './build.ts';
import { cliFolder, cliIn, fromCaller, isExecutable } from './cache.ts';
import { download } from './download.ts';
import type { Obtain } from './obtain.ts';
import { askVersion, isAtLeast, oldestVersion, pinnedVersions } from './version.ts';

/** Where a Temporal CLI was found, or how it was made. */
export interface FoundCli {
  path: string;
  version: string;
  source: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'download' | 'build';
}

export interface FindOptions {
  env?: Environment;
  /** Called with what is skipped and what takes long; silent by default. */
  log?: (line: string) => void;
  download?: Obtain;
  build?: Obtain;
}

/** No Temporal CLI: the message lists what was tried, with the reason of each, and the cure. */
export class NoTemporalCli extends Error {
  override readonly name = 'NoTemporalCli';
}

/**
 * Finds the Temporal CLI: `TEMPORAL_CLI_PATH`, the PATH, the project's cache, and else makes
 * one for the cache by download or with Go.
 */
export async function findTemporalCli(options: FindOptions = {}): Promise<FoundCli> {
  const { env = process.env, log = () => undefined } = options;
  if (env.TEMPORAL_CLI_PATH) return named(fromCaller(env.TEMPORAL_CLI_PATH, env));

  const tried: string[] = [];
  const onPath = await firstOnPath(env, (line) => {
    log(line);
    tried.push(line);
  });
  if (onPath !== null) return onPath;
  if (tried.length === 0) tried.push('on the PATH: no `temporal` found');

  const version = pinnedVersions().cli;
  const folder = cliFolder(version, env);
  const cached: FoundCli = { path: cliIn(folder), version, source: 'cache' };
  if (isExecutable(cached.path)) return cached;
  tried.push(`in the cache: nothing in ${folder}`);

  const make = async () => {
    if (isExecutable(cached.path)) return cached;
    const ways = { download: options.download ?? download, build: options.build ?? build };
    for (const [source, obtain] of Object.entries(ways) as ['download' | 'build', Obtain][]) {
      try {
        await makeIn(folder, version, obtain, env, log);
        log(`the Temporal CLI ${version} is ready; it is kept in ${folder}`);
        return { ...cached, source };
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        tried.push(`${source}: ${messageOf(error)}`);
        log(`the ${source} failed: ${messageOf(error)}`);
      }
    }
    throw nothingWorked(tried);
  };
  const waiting = (pid: number) =>
    log(`waiting for process ${pid}, which is preparing the Temporal CLI`);
  return await withLock(`${folder}.lock`, make, waiting).catch((error: unknown) => {
    if (error instanceof NoTemporalCli || error instanceof Interrupted) throw error;
    tried.push(`download and build: the cache cannot be written: ${messageOf(error)}`);
    throw nothingWorked(tried);
  });
}

async function named(path: string): Promise<FoundCli> {
  const problem = (reason: string) =>
    new NoTemporalCli(
      `TEMPORAL_CLI_PATH names ${path}, which cannot be used: ${reason}.\n` +
        'Set it to the executable of the Temporal CLI, or unset it.',
    );
  if (!isExecutable(path)) throw problem('there is no executable file');
  try {
    return { path, version: await askVersion(path), source: 'TEMPORAL_CLI_PATH' };
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    throw problem(messageOf(error));
  }
}

async function firstOnPath(
  env: Environment,
  skip: (line: string) => void,
): Promise<FoundCli | null> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const path of new Set(folders.map((folder) => join(resolve(folder), 'temporal')))) {
    if (!isExecutable(path)) continue;
    try {
      const version = await askVersion(path);
      if (isAtLeast(version, oldestVersion)) return { path, version, source: 'PATH' };
      skip(`on the PATH: ${path} is ${version}, but ${oldestVersion} or newer is required`);
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      skip(`on the PATH: ${path} cannot be used: ${messageOf(error)}`);
    }
  }
  return null;
}

// Made under another name and renamed when it has answered: a file at the final path is whole.
async function makeIn(
  folder: string,
  version: string,
  obtain: Obtain,
  env: Environment,
  log: (line: string) => void,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Only the holder of the lock is here: whatever else lies there, a killed process left behind.
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  const work = await mkdtemp(join(folder, 'new-'));
  try {
    const made = await obtain({ folder: work, version, env, log });
    await chmod(made, 0o755);
    const answered = await askVersion(made);
    if (answered !== version) throw new Error(`it has version ${answered}, not ${version}`);
    await rename(made, cliIn(folder));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function nothingWorked(tried: string[]): NoTemporalCli {
  const list = tried.map((line) => `  - ${line.replaceAll('\n', '\n    ')}`).join('\n');
  return new NoTemporalCli(
    `No Temporal CLI was found, downloaded or built. Tried, in this order:\n${list}\n` +
      `Install Go ${pinnedVersions().go} or newer, or the Temporal CLI ${oldestVersion} or newer ` +
      '(on the PATH,\nor named by TEMPORAL_CLI_PATH), then run the command again.',
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
