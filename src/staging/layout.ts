import type { Chunk } from '../domain/chunk-plan.ts';

/**
 * What lies below the staging directory:
 *
 *     store/id                                  the store's id, a UUID; made once
 *     runs/EXPORT_RUN/export.json               whose it is: `{ "workflowId", "namespace", "namespaceId" }`
 *     runs/EXPORT_RUN/ATTEMPT/manifest.json     written last: without it the attempt does not count
 *     runs/EXPORT_RUN/ATTEMPT/requests-000000   25 requests, a line each: see `staged-line.ts`
 *     runs/EXPORT_RUN/ATTEMPT/rejects.jsonl     moved to `rejects` when the attempt is committed
 *     runs/EXPORT_RUN/ATTEMPT/sent-0-250        how far that chunk was sent: see `send-progress.ts`
 *     runs/EXPORT_RUN/ATTEMPT.UUID.dead/        an attempt that is being removed
 *     runs/EXPORT_RUN.UUID.dead/                an export's rows that are being removed
 *     rejects/NAMESPACE_ID/RUN.jsonl            kept for `staging.keepRejects`
 *     rejects/RUN.jsonl                         the same, of older versions: only removed
 *
 * A name that ends in `.draft` is still being written.
 */
export const STORE = 'store';
export const STORE_ID = 'id';
export const RUNS = 'runs';
export const REJECTS = 'rejects';
export const REJECTS_SUFFIX = '.jsonl';
export const OWNER = 'export.json';
export const MANIFEST = 'manifest.json';
export const ATTEMPT_REJECTS = 'rejects.jsonl';
export const DRAFT_SUFFIX = '.draft';
export const DEAD_SUFFIX = '.dead';

/** 25,000 identifiers, some 600 kB. Duplicates are only left out within a file. */
export const REQUESTS_PER_FILE = 25;

/** Staged rows and rejects are personal data. */
export const DIRECTORY_MODE = 0o700;
export const FILE_MODE = 0o600;

export function attemptName(runId: string, attempt: number | ''): string {
  return `${runId}.${attempt}`;
}

/** The attempt of a run that a name belongs to. */
export function attemptOf(runId: string, name: string): number | null {
  const prefix = attemptName(runId, '');
  const number = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^\d+$/.test(number) ? Number(number) : null;
}

/** The run that an attempt belongs to, by the attempt's name. */
export function runOf(attempt: string): string {
  return attempt.slice(0, attempt.lastIndexOf('.'));
}

export function stagedFile(index: number): string {
  return `requests-${String(index).padStart(6, '0')}`;
}

export function rejectsFile(runId: string): string {
  return `${runId}${REJECTS_SUFFIX}`;
}

export function sendProgressFile({ firstRequest, requests }: Chunk): string {
  return `sent-${firstRequest}-${requests}`;
}
