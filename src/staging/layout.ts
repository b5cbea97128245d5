/**
 * What lies below the staging directory:
 *
 *     runs/EXPORT_RUN/export.json              whose it is: `{ "workflowId": … }`
 *     runs/EXPORT_RUN/ATTEMPT/manifest.json    written last: without it the attempt does not count
 *     runs/EXPORT_RUN/ATTEMPT/requests-000000  25 requests, a line each
 *     runs/EXPORT_RUN/ATTEMPT.dead/            an attempt that a later one removes
 *     rejects/RUN.jsonl                        kept for `staging.keepRejects`
 *     compile-cache/                           Node's, for processes that start in half the time
 *
 * A line of a requests file is `INDEX CRC32 USER_IDS DEVICE_IDS ALIASES PAYLOAD`: the request's index
 * in the export, the payload's checksum, the identifiers in it by kind, and the payload as it is sent.
 */
export const RUNS = 'runs';
export const REJECTS = 'rejects';
export const COMPILE_CACHE = 'compile-cache';
export const OWNER = 'export.json';
export const MANIFEST = 'manifest.json';

/** Staged rows and rejects are personal data. */
export const DIRECTORY_MODE = 0o700;
export const FILE_MODE = 0o600;

export function stagedFile(index: number): string {
  return `requests-${String(index).padStart(6, '0')}`;
}
