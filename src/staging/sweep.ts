import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../domain/error-code.ts';
import type { NamespaceId } from '../domain/staging-port.ts';
import { DEAD_SUFFIX, OWNER, REJECTS, REJECTS_SUFFIX, RUNS } from './layout.ts';
import { namesIn, removeDeadAttempts, removeDirectory } from './remove-directory.ts';
import { ifThere } from './staging-error.ts';

/** A prefix without an owner is being made at this moment, or was left by a crash at that one. */
const OWNERLESS_FOR_MS = 24 * 60 * 60 * 1000;

export interface SweepOptions {
  readonly directory: string;
  /** What others own is left alone. */
  readonly namespace: NamespaceId;
  readonly keepRejectsMs: number;
  /** Whether an export may still need its staged rows. */
  readonly isOpen: (owner: StagedExport) => Promise<boolean>;
}

export interface StagedExport {
  readonly workflowId: string;
  readonly exportRunId: string;
  readonly ageMs: number;
}

/** What another namespace, or the same of another Temporal, has in the staging directory. */
export interface Foreign {
  /** Relative to the staging directory. */
  readonly path: string;
  /** The namespace, or its id where only that is known. */
  readonly namespace: string;
  readonly ageMs: number;
}

export interface Swept {
  runs: number;
  rejects: number;
  readonly foreign: Foreign[];
  /** Relative paths of what could not be removed, each with the system's code. */
  readonly failed: { readonly path: string; readonly code: string }[];
}

/**
 * Removes what no export will: rejects past their time, staged rows whose export was over before it
 * could clean up, and what is left of removals that were cut short. All workers may sweep at once.
 * @throws what `isOpen` throws
 */
export async function sweepStaging(options: SweepOptions): Promise<Swept> {
  const swept: Swept = { runs: 0, rejects: 0, foreign: [], failed: [] };
  await sweepRejects(options, swept);
  await sweepRuns(options, swept);
  return swept;
}

async function sweepRejects(options: SweepOptions, swept: Swept): Promise<void> {
  const { directory, namespace } = options;
  for (const entry of await entries(directory, REJECTS)) {
    const { name, path, ageMs } = entry;
    if (name === namespace.namespaceId) {
      for (const file of await entries(directory, path)) await sweepReject(file, options, swept);
    } else if (name.endsWith(REJECTS_SUFFIX)) {
      await sweepReject(entry, options, swept);
    } else {
      swept.foreign.push({ path, namespace: name, ageMs });
    }
  }
}

async function sweepReject(
  file: Entry,
  { directory, keepRejectsMs }: SweepOptions,
  swept: Swept,
): Promise<void> {
  if (file.ageMs <= keepRejectsMs) return;
  const work = () => rm(join(directory, file.path), { force: true });
  if (await isDone(file, work, swept)) swept.rejects += 1;
}

async function sweepRuns(
  { directory, namespace, isOpen }: SweepOptions,
  swept: Swept,
): Promise<void> {
  for (const run of await entries(directory, RUNS)) {
    const { name, path, ageMs } = run;
    const full = join(directory, path);
    let owner: Owner | null = null;
    const look = async () => {
      owner = await readOwner(full);
    };
    if (!(await isDone(run, look, swept))) continue;
    const foreign = foreignTo(namespace, owner);
    if (foreign !== null && !name.endsWith(DEAD_SUFFIX)) {
      swept.foreign.push({ path, namespace: foreign, ageMs });
    } else if (await isNeeded(run, owner, isOpen)) {
      await isDone(run, () => removeDeadAttempts(full), swept);
    } else if (await isDone(run, () => removeDirectory(full), swept)) {
      swept.runs += 1;
    }
  }
}

/** One that cannot be read or removed does not stop the sweep. */
async function isDone({ path }: Entry, work: () => Promise<void>, swept: Swept): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    swept.failed.push({ path, code: errorCode(error) });
    return false;
  }
}

function foreignTo({ namespaceId }: NamespaceId, owner: Owner | null): string | null {
  // Older versions wrote no namespace, and nobody else would ever remove what they left.
  if (owner?.namespaceId === undefined) return null;
  return owner.namespaceId === namespaceId ? null : owner.namespace;
}

async function isNeeded(
  { name, ageMs }: Entry,
  owner: Owner | null,
  isOpen: SweepOptions['isOpen'],
): Promise<boolean> {
  if (name.endsWith(DEAD_SUFFIX)) return false;
  if (owner === null) return ageMs < OWNERLESS_FOR_MS;
  return await isOpen({ workflowId: owner.workflowId, exportRunId: name, ageMs });
}

interface Entry {
  readonly name: string;
  /** Relative to the staging directory. */
  readonly path: string;
  readonly ageMs: number;
}

async function entries(directory: string, folder: string): Promise<Entry[]> {
  const names = await namesIn(join(directory, folder));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const stats = await ifThere(stat(join(directory, path)));
      return stats === null ? [] : [{ name, path, ageMs: Date.now() - stats.mtimeMs }];
    }),
  );
  return found.flat();
}

type Owner = Pick<StagedExport, 'workflowId'> &
  (NamespaceId | { readonly namespaceId?: undefined });

/** `null` where there is no owner, or a crash has cut off its file. */
async function readOwner(run: string): Promise<Owner | null> {
  const text = await ifThere(readFile(join(run, OWNER), 'utf8'));
  try {
    return text === null ? null : (JSON.parse(text) as Owner);
  } catch {
    return null;
  }
}
