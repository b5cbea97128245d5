import { delimiter, join, resolve } from 'node:path';
import type { Environment } from '../../src/config/environment.ts';
import { isExecutable } from '../programs/cache.ts';
import { keep, NotMade } from '../programs/keep.ts';
import { messageOf } from '../programs/message-of.ts';
import type { Obtain } from '../programs/obtain.ts';
import { isAtLeast } from '../programs/version.ts';
import { Interrupted } from '../setup/child.mjs';
import { download } from './download.ts';
import { build, neededGo, temporalCli } from './temporal-cli.ts';

/** The oldest Temporal CLI from elsewhere that has everything that is used here. */
const OLDEST = '1.5.0';

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

  const ways = { download: options.download ?? download, build: options.build ?? build };
  try {
    const { version } = temporalCli;
    return { ...(await keep(temporalCli, ways, { env, log })), version };
  } catch (error) {
    throw error instanceof NotMade ? nothingWorked([...tried, ...error.tried]) : error;
  }
}

async function named(path: string): Promise<FoundCli> {
  const problem = (reason: string) =>
    new NoTemporalCli(
      `TEMPORAL_CLI_PATH names ${path}, which cannot be used: ${reason}.\n` +
        'Set it to the executable of the Temporal CLI, or unset it.',
    );
  if (!isExecutable(path)) throw problem('there is no executable file');
  try {
    return { path, version: await temporalCli.askVersion(path), source: 'TEMPORAL_CLI_PATH' };
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    throw problem(messageOf(error));
  }
}

// A path as its writer meant it: npm scripts run in the project's folder, not the caller's.
function fromCaller(path: string, env: Environment): string {
  return resolve(env.INIT_CWD ?? process.cwd(), path);
}

async function firstOnPath(
  env: Environment,
  skip: (line: string) => void,
): Promise<FoundCli | null> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const path of new Set(folders.map((folder) => join(resolve(folder), 'temporal')))) {
    if (!isExecutable(path)) continue;
    try {
      const version = await temporalCli.askVersion(path);
      if (isAtLeast(version, OLDEST)) return { path, version, source: 'PATH' };
      skip(`on the PATH: ${path} is ${version}, but ${OLDEST} or newer is required`);
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      skip(`on the PATH: ${path} cannot be used: ${messageOf(error)}`);
    }
  }
  return null;
}

function nothingWorked(tried: string[]): NoTemporalCli {
  const list = tried.map((line) => `  - ${line.replaceAll('\n', '\n    ')}`).join('\n');
  return new NoTemporalCli(
    `No Temporal CLI was found, downloaded or built. Tried, in this order:\n${list}\n` +
      `Install Go ${neededGo} or newer, or the Temporal CLI ${OLDEST} or newer ` +
      '(on the PATH,\nor named by TEMPORAL_CLI_PATH), then run the command again.',
  );
}
