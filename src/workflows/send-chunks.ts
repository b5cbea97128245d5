import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
} from '@temporalio/workflow';
import type { ChunkProgress } from '../activities/sending.ts';
import { chunkAt, countChunks } from '../domain/chunk-plan.ts';
import type { ExportRequest } from '../domain/export-input.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import { runActivity } from './run-activity.ts';

export interface SendChunksOptions {
  readonly request: Pick<ExportRequest, 'destination' | 'connection' | 'cohortId' | 'threadCount'>;
  readonly staged: StagedRows;
  /** The run that holds the lock of the cohort. */
  readonly lockHolderRunId: string;
  /** The chunk to begin with. */
  readonly nextChunk: number;
  /** Called when a chunk ends; `done` is false where it failed. */
  readonly onChunk: (progress: ChunkProgress, done: boolean) => void;
  /** Asked before each chunk. */
  readonly shouldPause: () => boolean;
}

/**
 * Sends chunks by `threadCount` lanes, each with one chunk at a time. Resolves to the next chunk's
 * index, with nothing in flight; a failure stops all lanes first.
 */
export async function sendChunks(options: SendChunksOptions): Promise<number> {
  const { request, staged, lockHolderRunId, onChunk } = options;
  const total = countChunks(staged.chunks);
  let next = options.nextChunk;
  const lanes = new CancellationScope();

  const lane = async () => {
    while (next < total && !options.shouldPause()) {
      const index = next;
      next += 1;
      const chunk = chunkAt(staged.chunks, index);
      const progress = await runActivity('sendChunk', `chunk ${index + 1} of ${total}`, {
        destination: request.destination,
        connection: request.connection,
        cohortId: request.cohortId,
        staged: { store: staged.store, location: staged.location, checksum: staged.checksum },
        chunk,
        lockHolderRunId,
      }).catch((error: unknown) => {
        const sent = progressOfFailed(error);
        if (sent !== null) onChunk(sent, false);
        lanes.cancel();
        throw error;
      });
      onChunk(progress, true);
    }
  };

  const ends = await lanes.run(() =>
    Promise.allSettled(Array.from({ length: request.threadCount }, lane)),
  );
  const failures = ends.flatMap((end) =>
    end.status === 'rejected' ? [end.reason as unknown] : [],
  );
  const failure = failures.find((error) => !isCancellation(error)) ?? failures[0];
  if (failure !== undefined) throw failure;
  return next;
}

/** A chunk that was cancelled while it waited for its retry has details of the server instead. */
function isProgress(details: unknown): details is ChunkProgress {
  return typeof details === 'object' && details !== null && 'warnings' in details;
}

/** What a chunk had sent when it failed or was cancelled. */
function progressOfFailed(error: unknown): ChunkProgress | null {
  if (!(error instanceof ActivityFailure)) return null;
  const { cause } = error;
  const details =
    cause instanceof ApplicationFailure || isCancellation(cause)
      ? (cause as ApplicationFailure).details
      : null;
  const [progress] = details ?? [];
  return isProgress(progress) ? progress : null;
}
