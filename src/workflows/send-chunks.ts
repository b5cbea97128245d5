import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
} from '@temporalio/workflow';
import { chunkAt, countChunks } from '../domain/chunk-plan.ts';
import { type ChunkProgress, NOTHING_OF_CHUNK } from '../domain/chunk-progress.ts';
import type { SentRequest } from '../domain/export-input.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import type { SentTotals } from './export-state.ts';
import { runActivity } from './run-activity.ts';

export interface SendChunksOptions {
  readonly request: Pick<SentRequest, 'destination' | 'connection' | 'cohortId' | 'threadCount'>;
  readonly staged: StagedRows;
  /** The run that holds the lock of the cohort. */
  readonly lockHolderRunId: string;
  /** What was sent before. */
  readonly from: Pick<SentTotals, 'chunks' | 'unfinished'>;
  /** Called when a chunk ends, with all that is known to be sent of it; `done` is false where it was stopped or failed. */
  readonly onChunk: (index: number, sent: ChunkProgress, done: boolean) => void;
  /** Asked before each chunk. */
  readonly shouldStop: () => boolean;
}

/**
 * Sends chunks by `threadCount` lanes, each with one chunk at a time. Returns with nothing in flight:
 * when all is sent, or after `shouldStop`. A failure stops all lanes first.
 */
export async function sendChunks(options: SendChunksOptions): Promise<void> {
  const { request, staged, lockHolderRunId, from, onChunk } = options;
  const total = countChunks(staged.chunks);
  const chunks = chunksToSend(from, total);
  const lanes = new CancellationScope();

  const lane = async () => {
    while (!options.shouldStop()) {
      const { value, done } = chunks.next();
      if (done) return;
      const { index, sent: before } = value;
      const sent = await runActivity('sendChunk', `chunk ${index + 1} of ${total}`, {
        destination: request.destination,
        connection: request.connection,
        cohortId: request.cohortId,
        staged: { location: staged.location, checksum: staged.checksum },
        chunk: chunkAt(staged.chunks, index),
        before,
        lockHolderRunId,
      }).catch((error: unknown) => {
        onChunk(index, progressOfFailed(error) ?? before, false);
        lanes.cancel();
        throw error;
      });
      onChunk(index, sent, true);
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
}

/** Chunks that were begun come first. */
function* chunksToSend({ chunks: done, unfinished }: SendChunksOptions['from'], total: number) {
  yield* unfinished;
  for (let index = done + unfinished.length; index < total; index += 1) {
    yield { index, sent: NOTHING_OF_CHUNK };
  }
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
