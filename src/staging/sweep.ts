import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DEAD_SUFFIX, OWNER, REJECTS, RUNS } from './layout.ts';
import { namesIn, removeDeadAttempts, removeDirectory } from './remove-directory.ts';
import { ifThere } from './staging-error.ts';

/** A prefix without an owner is being made at this moment, or was left by a crash at that one. */
const OWNERLESS_FOR_MS = 24 * 60 * 60 * 1000;

export interface SweepOptions {
  readonly directory: string;
  readonly keepRejectsMs: number;
  /** Whether an export may still need its staged rows. */
  readonly isOpen: (owner: StagedExport) => Promise<boolean>;
}

export interface StagedExport {
  readonly workflowId: string;
  readonly exportRunId: string;
  readonly ageMs: number;
}

/**
 * Removes what no export will: rejects past their time, staged rows whose export was over before it
 * could clean up, and what is left of removals that were cut short. All workers may sweep at once.
 */
export async function sweepStaging(
  options: SweepOptions,
): Promise<{ runs: number; rejects: number }> {
  const removed = { runs: 0, rejects: 0 };
  for (const { path, ageMs } of await entries(join(options.directory, REJECTS))) {
    if (ageMs <= options.keepRejectsMs) continue;
    await rm(path, { force: true });
    removed.rejects += 1;
  }
  for (const run of await entries(join(options.directory, RUNS))) {
    if (await isNeeded(run, options)) {
      await removeDeadAttempts(run.path);
    } else {
      await removeDirectory(run.path);
      removed.runs += 1;
    }
  }
  return removed;
}

async function isNeeded(
  { name, path, ageMs }: Entry,
  { isOpen }: Pick<SweepOptions, 'isOpen'>,
): Promise<boolean> {
  if (name.endsWith(DEAD_SUFFIX)) return false;
  const workflowId = await readOwner(path);
  return workflowId === null
    ? ageMs < OWNERLESS_FOR_MS
    : await isOpen({ workflowId, exportRunId: name, ageMs });
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly ageMs: number;
}

async function entries(directory: string): Promise<Entry[]> {
  const names = await namesIn(directory);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const stats = await ifThere(stat(path));
      return stats === null ? [] : [{ name, path, ageMs: Date.now() - stats.mtimeMs }];
    }),
  );
  return found.flat();
}

async function readOwner(run: string): Promise<string | null> {
  const text = await ifThere(readFile(join(run, OWNER), 'utf8'));
  // A crash may have cut it off.
  return /^\{"workflowId":".*"\}$/s.test(text ?? '')
    ? (JSON.parse(text ?? '') as StagedExport).workflowId
    : null;
}
