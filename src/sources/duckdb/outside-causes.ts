import { constants } from 'node:os';
import type { ExportError } from '../../domain/failures.ts';
import type { QueryMemory } from '../../domain/source-port.ts';
import type { EngineError } from './engine-error.ts';

const NOT_PERMITTED = "Give the worker's user access to it.";
const WRITTEN = 'Was it written to, moved or deleted while the query ran?';
const READ_CURES: Readonly<Record<string, string>> = {
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  ENOENT: WRITTEN,
  ESTALE: WRITTEN,
  EMFILE: "Raise the limit of open files of the worker's machine.",
  ENFILE: "Raise the limit of open files of the worker's machine.",
};
/** Faults of a name that the query has. */
const OF_THE_QUERY = new Set(['EISDIR', 'ELOOP', 'EINVAL', 'ENAMETOOLONG', 'ENOTDIR']);

const SMALL_MACHINE =
  "lower worker.maxConcurrentQueries or give the worker's machine more memory: it has too little for worker.memoryPerQuery";

/** What DuckDB calls its files in the scratch directory. */
const SPILLS = /duckdb_temp_|failed to offload data block/;
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** A failure of the worker's machine or its disks: the same query may succeed later. */
export interface OutsideCause {
  readonly type: ExportError['type'];
  readonly retry: ExportError['retry'];
  /** Goes before DuckDB's own words. */
  readonly says: string;
  readonly cure: string;
}

/** What kept a query from running, if it is not the query; `null` if it is. */
export function outsideCause(
  { kind, message, errno }: EngineError,
  { memoryMb, isMemoryShare }: QueryMemory,
): OutsideCause | null {
  const code = codeOf(errno);
  const isFull = FULL.has(code) || message.startsWith('failed to offload data block');
  if (isFull || (code !== '' && SPILLS.test(message))) {
    return {
      type: 'StagingFailed',
      retry: 'backoff',
      says: isFull
        ? 'The disk of worker.scratchDirectory is full.'
        : `DuckDB could not use worker.scratchDirectory (${code}).`,
      cure: isFull
        ? 'Free some space, set worker.scratchDirectory to a larger disk, or let the query sort, group or join fewer rows and columns.'
        : "Give the worker's user access to it, and check its disk.",
    };
  }
  if (kind === 'Out of Memory') {
    return {
      type: 'StagingFailed',
      // Another worker may have more; a query that needs too much should not run ten times.
      retry: 'briefly',
      says: `The query needs more memory than the ${memoryMb} MB that it may use.`,
      cure: `Sort, group or join fewer rows or columns at once (only the columns that are sent, WHERE before ORDER BY), or ${isMemoryShare ? SMALL_MACHINE : 'raise worker.memoryPerQuery'}.`,
    };
  }
  if (kind !== 'IO' || code === '' || OF_THE_QUERY.has(code)) return null;
  return {
    type: 'SourceUnavailable',
    retry: 'backoff',
    says: `A data file could not be read (${code}).`,
    cure: READ_CURES[code] ?? 'Check the disk or the network file system that holds it.',
  };
}

/** `ENOSPC` for `28`. */
function codeOf(errno: string | undefined): string {
  const entries = Object.entries(constants.errno);
  return entries.find(([, number]) => String(number) === errno)?.[0] ?? '';
}
