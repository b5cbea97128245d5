import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../src/config/environment.ts';
import { Interrupted } from '../setup/child.mjs';
import { withLock } from '../setup/lock.mjs';
import { isExecutable, programFolder } from './cache.ts';
import { messageOf } from './message-of.ts';
import type { Obtain } from './obtain.ts';

/** A program that set-up makes and keeps in the cache. */
export interface Program {
  /** Names its folder in the cache. */
  readonly name: string;
  /** As messages call it: `the Temporal CLI`. */
  readonly title: string;
  readonly version: string;
  /** What the executable is called. */
  readonly file: string;
  /** Asks an executable for its version, or throws why it is not this program. */
  readonly askVersion: (path: string) => Promise<string>;
}

/** It could not be made: what was tried, each with its reason. */
export class NotMade extends Error {
  override readonly name = 'NotMade';
  readonly tried: readonly string[];

  constructor(program: Program, tried: readonly string[]) {
    super(`${program.title} ${program.version} could not be made: ${tried.join('; ')}`);
    this.tried = tried;
  }
}

/** Where a program lies in the cache, whether or not it is there yet. */
export function keptAt({ name, version, file }: Program, env: Environment): string {
  return join(programFolder(name, version, env), file);
}

/**
 * Finds a program in the cache, or makes it in the first of the ways that works. One process makes
 * it; others wait for it.
 * @throws {NotMade} where no way works, or the cache cannot be written
 */
export async function keep<Way extends string>(
  program: Program,
  ways: Readonly<Record<Way, Obtain>>,
  { env, log }: { env: Environment; log: (line: string) => void },
): Promise<{ path: string; source: 'cache' | Way }> {
  const { name, title, version } = program;
  const folder = programFolder(name, version, env);
  const path = keptAt(program, env);
  if (isExecutable(path)) return { path, source: 'cache' };
  const tried = [`in the cache: nothing in ${folder}`];

  const make = async () => {
    if (isExecutable(path)) return { path, source: 'cache' as const };
    for (const [source, obtain] of Object.entries(ways) as [Way, Obtain][]) {
      try {
        await makeIn(folder, program, obtain, env, log);
        log(`${title} ${version} is ready; it is kept in ${folder}`);
        return { path, source };
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        tried.push(`${source}: ${messageOf(error)}`);
        log(`the ${source} failed: ${messageOf(error)}`);
      }
    }
    throw new NotMade(program, tried);
  };
  const waiting = (pid: number) => log(`waiting for process ${pid}, which is preparing ${title}`);
  return await withLock(`${folder}.lock`, make, waiting).catch((error: unknown) => {
    if (error instanceof NotMade || error instanceof Interrupted) throw error;
    const all = Object.keys(ways).join(' and ');
    tried.push(`${all}: the cache cannot be written: ${messageOf(error)}`);
    throw new NotMade(program, tried);
  });
}

// Made under another name and renamed when it has answered: a file at the final path is whole.
async function makeIn(
  folder: string,
  { version, file, askVersion }: Program,
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
    await rename(made, join(folder, file));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
