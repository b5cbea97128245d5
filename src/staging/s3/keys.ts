import { dirname } from 'node:path/posix';
import type { StagedKey, StagingPlace } from '../../domain/staging-port.ts';
import {
  attemptName,
  OWNER,
  REJECTS,
  REJECTS_SUFFIX,
  RUNS,
  runOf,
  STORE,
  STORE_ID,
} from '../layout.ts';

/*
 * What lies below the prefix in a bucket:
 *
 *     store/id                                       the store's id, a UUID; made once
 *     runs/EXPORT_RUN/export.json                    whose it is: `{ "workflowId", "namespace", "namespaceId" }`
 *     runs/EXPORT_RUN/RUN.ATTEMPT/requests-000000    25 requests, a line each: see `staged-line.ts`
 *     runs/EXPORT_RUN/RUN.ATTEMPT/sent-0-250         how far that chunk was sent
 *     runs/EXPORT_RUN/RUN.manifest.json              written last, once for each run: it names the attempt that counts
 *     rejects/NAMESPACE_ID/RUN.ATTEMPT.jsonl         kept for `staging.keepRejects`
 *
 * Nothing can be renamed here, so each attempt writes at its final place, and the manifest decides
 * between attempts: nobody removes what another one wrote before it is there.
 */
export const STORE_ID_KEY = `${STORE}/${STORE_ID}`;

/** A prefix ends in `/`, so that it is not also that of another name. */
export function runPrefix(exportRunId: string): string {
  return `${RUNS}/${exportRunId}/`;
}

export function ownerKey(exportRunId: string): string {
  return `${runPrefix(exportRunId)}${OWNER}`;
}

/** Where an attempt's requests are: the location that Temporal sees. */
export function locationOf({ exportRunId, runId, attempt }: StagingPlace): string {
  return `${runPrefix(exportRunId)}${attemptName(runId, attempt)}`;
}

export function manifestKey({ location }: Pick<StagedKey, 'location'>): string {
  return `${runOf(location)}.manifest.json`;
}

/** What all attempts of a run have in common, its manifest included. */
export function attemptsPrefix({ location }: Pick<StagedKey, 'location'>): string {
  return `${runOf(location)}.`;
}

export function rejectsKey(location: string, namespaceId: string): string {
  return `${REJECTS}/${namespaceId}/${nameIn(location)}${REJECTS_SUFFIX}`;
}

function nameIn(location: string): string {
  return location.slice(dirname(location).length + 1);
}
