import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { requestFormat } from '../../src/destinations/braze/request-format.ts';
import type { ExportError } from '../../src/domain/failures.ts';
import type { Cell } from '../../src/domain/rows.ts';
import type {
  NamespaceId,
  StagedRows,
  Staging,
  StagingPlace,
} from '../../src/domain/staging-port.ts';
import { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { type StageOptions, stageRows } from '../../src/staging/stage-rows.ts';
import { rowsOf } from './in-memory-source.ts';

export const namespace: NamespaceId = { namespace: 'ours', namespaceId: 'id-of-ours' };

export const place: StagingPlace = {
  ...namespace,
  workflowId: 'w',
  exportRunId: 'export-1',
  runId: 'run-1',
  attempt: 1,
};

export const options: StageOptions = {
  operation: 'APPEND',
  aliases: [],
  threadCount: 2,
  skipOnInvalidRecord: true,
  format: requestFormat,
  onProgress: () => undefined,
};

/** A staging in a folder of its own, which is gone after the test. */
export async function createStaging(): Promise<DirectoryStaging> {
  const root = await mkdtemp(join(tmpdir(), 'staging-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const staging = new DirectoryStaging(root);
  await staging.prepare();
  return staging;
}

/** Stages rows of these columns at `place`. */
export async function stageIn(
  staging: Staging,
  names: string[],
  rows: Iterable<readonly Cell[]>,
  changes: Partial<StageOptions> = {},
): Promise<StagedRows> {
  const writer = await staging.write(place);
  return await stageRows(rowsOf(names, rows), writer, { ...options, ...changes });
}

export async function failureOf(work: Promise<unknown>): Promise<ExportError> {
  return await work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: ExportError) => error,
  );
}

/** `count` rows with one identifier each. */
export function* users(count: number, prefix = 'user-'): Generator<string[]> {
  for (let i = 0; i < count; i += 1) yield [`${prefix}${i}`];
}
