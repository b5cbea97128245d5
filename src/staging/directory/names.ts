import { REJECTS_SUFFIX } from '../layout.ts';

/*
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
export const MANIFEST = 'manifest.json';
export const ATTEMPT_REJECTS = 'rejects.jsonl';
export const DRAFT_SUFFIX = '.draft';
export const DEAD_SUFFIX = '.dead';

/** Staged rows and rejects are personal data. */
export const DIRECTORY_MODE = 0o700;
export const FILE_MODE = 0o600;

export function rejectsFile(runId: string): string {
  return `${runId}${REJECTS_SUFFIX}`;
}
