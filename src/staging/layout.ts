/**
 * What lies below the staging directory:
 *
 *     runs/EXPORT_RUN/export.json              whose it is: `{ "workflowId": … }`
 *     runs/EXPORT_RUN/ATTEMPT/manifest.json    written last: without it the attempt does not count
 *     runs/EXPORT_RUN/ATTEMPT/requests-000000  25 requests, one after another
 *     runs/EXPORT_RUN/ATTEMPT.dead/            an attempt that a later one removes
 *     rejects/RUN.jsonl                        kept for `staging.keepRejects`
 *     compile-cache/                           Node's, for processes that start in half the time
 *
 * A request is `INDEX BYTES CRC32 USER_IDS DEVICE_IDS ALIASES PAYLOAD` and a newline: its index in the
 * export, the payload's length and checksum, the identifiers in it by kind, and the payload as it is
 * sent, which may be any text.
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
