import type { Chunk } from '../domain/chunk-plan.ts';

/*
 * The names that a directory and a bucket have in common. What each of them has below these is in
 * `directory/names.ts` and `s3/keys.ts`.
 */
export const STORE = 'store';
export const STORE_ID = 'id';
export const RUNS = 'runs';
export const REJECTS = 'rejects';
export const REJECTS_SUFFIX = '.jsonl';
export const OWNER = 'export.json';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text is such an id as stores, Temporal's runs and its namespaces have. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** 25,000 identifiers, some 600 kB. Duplicates are only left out within a file. */
export const REQUESTS_PER_FILE = 25;

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

export function sendProgressFile({ firstRequest, requests }: Chunk): string {
  return `sent-${firstRequest}-${requests}`;
}
