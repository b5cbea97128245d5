import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OWNER, REJECTS, RUNS } from './layout.ts';
import { isMissing } from './staging-error.ts';

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
 * Removes what no export will: rejects past their time, and staged rows whose export was over before
 * it could clean up. All workers may sweep at once.
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
  for (const { name, path, ageMs } of await entries(join(options.directory, RUNS))) {
    const workflowId = await readOwner(path);
    const isOpen =
      workflowId === null
        ? ageMs < OWNERLESS_FOR_MS
        : await options.isOpen({ workflowId, exportRunId: name, ageMs });
    if (isOpen) continue;
    await rm(path, { recursive: true, force: true });
    removed.runs += 1;
  }
  return removed;
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly ageMs: number;
}

async function entries(directory: string): Promise<Entry[]> {
  const names = (await ifThere(readdir(directory))) ?? [];
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

/** Another worker may remove the same things at the same time. */
async function ifThere<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
