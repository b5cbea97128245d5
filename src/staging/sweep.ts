import { errorCode } from '../domain/error-code.ts';
import type { NamespaceId } from '../domain/staging-port.ts';
import { isUuid, REJECTS, REJECTS_SUFFIX, RUNS } from './layout.ts';

/** A prefix without an owner is being made at this moment, or was left by a crash at that one. */
const OWNERLESS_FOR_MS = 24 * 60 * 60 * 1000;

export interface SweptEntry {
  readonly name: string;
  /** Relative to the store. */
  readonly path: string;
  /** Since something was last added to it or removed from it. */
  readonly ageMs: number;
  /** Whether it is what is left of a removal that was cut short. */
  readonly isLeftover: boolean;
}

/** A store as the sweep sees it; paths are relative to it. Errors are the system's own. */
export interface SweptStore {
  /** For the log. */
  readonly place: string;
  /** The id of the store that is there at this moment; `null` where there is none. */
  id(): Promise<string | null>;
  /** What lies directly in a folder; nothing where it does not exist. */
  entries(folder: string): Promise<readonly SweptEntry[]>;
  /** The text that says whose a run is; `null` where there is none. */
  owner(run: string): Promise<string | null>;
  /** Removes what removals that were cut short have left inside of a run. */
  finishRemovals(run: string): Promise<void>;
  removeRun(run: string): Promise<void>;
  removeFile(path: string): Promise<void>;
  addressOf(path: string): string;
  /** The bytes of all files below. */
  sizeOf(path: string): Promise<number>;
}

export interface SweepOptions {
  readonly store: SweptStore;
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

/** What another namespace, or the same of another Temporal, has in the store. */
export interface Foreign {
  /** Relative to the store. */
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
  const { store, namespace } = options;
  for (const entry of await store.entries(REJECTS)) {
    const { name, path, ageMs } = entry;
    if (name === namespace.namespaceId) {
      for (const file of await store.entries(path)) await sweepReject(file, options, swept);
    } else if (name.endsWith(REJECTS_SUFFIX)) {
      await sweepReject(entry, options, swept);
    } else {
      swept.foreign.push({ path, namespace: name, ageMs });
    }
  }
}

async function sweepReject(
  file: SweptEntry,
  { store, keepRejectsMs }: SweepOptions,
  swept: Swept,
): Promise<void> {
  if (file.ageMs <= keepRejectsMs) return;
  if (await isDone(file, () => store.removeFile(file.path), swept)) swept.rejects += 1;
}

async function sweepRuns({ store, namespace, isOpen }: SweepOptions, swept: Swept): Promise<void> {
  for (const run of await store.entries(RUNS)) {
    const { path, ageMs } = run;
    let owner: Owner | null = null;
    const look = async () => {
      owner = parseOwner(await store.owner(path));
    };
    if (!(await isDone(run, look, swept))) continue;
    const foreign = foreignTo(namespace, owner);
    if (foreign !== null && !run.isLeftover) {
      swept.foreign.push({ path, namespace: foreign, ageMs });
    } else if (await isNeeded(run, owner, isOpen)) {
      await isDone(run, () => store.finishRemovals(path), swept);
    } else if (await isDone(run, () => store.removeRun(path), swept)) {
      swept.runs += 1;
    }
  }
}

/** One that cannot be read or removed does not stop the sweep. */
async function isDone(
  { path }: SweptEntry,
  work: () => Promise<void>,
  swept: Swept,
): Promise<boolean> {
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
  { name, ageMs, isLeftover }: SweptEntry,
  owner: Owner | null,
  isOpen: SweepOptions['isOpen'],
): Promise<boolean> {
  if (isLeftover) return false;
  // What has another name was never made by an export: in a bucket, others may use `runs` too.
  if (owner === null) return !isUuid(name) || ageMs < OWNERLESS_FOR_MS;
  return await isOpen({ workflowId: owner.workflowId, exportRunId: name, ageMs });
}

type Owner = Pick<StagedExport, 'workflowId'> &
  (NamespaceId | { readonly namespaceId?: undefined });

/** `null` where there is no owner, or a crash has cut it off. */
function parseOwner(text: string | null): Owner | null {
  try {
    return text === null ? null : (JSON.parse(text) as Owner);
  } catch {
    return null;
  }
}
