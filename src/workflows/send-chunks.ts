import { CancellationScope } from '@temporalio/workflow';
import type { ChunkEnd } from '../activities/sending.ts';
import { chunkAt, countChunks } from '../domain/chunk-plan.ts';
import { type ChunkProgress, NOTHING_OF_CHUNK, progressOf } from '../domain/chunk-progress.ts';
import type { SentRequest } from '../domain/export-input.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import type { SentTotals } from './export-state.ts';
import { lastWords, settleMsAfter, wasStopped } from './failed-sending.ts';
import { runActivity } from './run-activity.ts';

export interface SendChunksOptions {
  readonly request: Pick<SentRequest, 'destination' | 'connection' | 'cohortId' | 'threadCount'>;
  readonly staged: StagedRows;
  /** The run that holds the lock of the cohort. */
  readonly lockHolderRunId: string;
  /** What was sent before. */
  readonly from: Pick<SentTotals, 'chunks' | 'unfinished'>;
  /** For the label of its activity; the average where `isExact` is false. */
  readonly identifiersOf: (index: number) => {
    readonly identifiers: number;
    readonly isExact: boolean;
  };
  /** Called when a chunk begins, with what was sent of it before. */
  readonly onBegin: (index: number, before: ChunkProgress) => void;
  /** Called when a chunk ends, with all that was sent of it; `done` is false where it was stopped. */
  readonly onChunk: (index: number, sent: ChunkProgress, done: boolean) => void;
  /** Called when a chunk ends: its requests can be applied for so long, if some had no response. */
  readonly onSettling: (settleMs: number) => void;
  /** Asked before each chunk. */
  readonly shouldStop: () => boolean;
}

/**
 * Sends chunks by `threadCount` lanes, each with one chunk at a time. Returns with nothing in flight:
 * when all is sent, or after `shouldStop`. A failure stops all lanes first.
 */
export async function sendChunks(options: SendChunksOptions): Promise<void> {
  const { request, staged, lockHolderRunId, from, onBegin, onChunk, onSettling } = options;
  const total = countChunks(staged.chunks);
  const chunks = chunksToSend(from, total);
  const lanes = new CancellationScope();

  const label = (index: number) => {
    const { identifiers, isExact } = options.identifiersOf(index);
    const count = `${isExact ? '' : 'about '}${identifiers.toLocaleString('en-US')}`;
    return `chunk ${index + 1} of ${total} · ${count} identifiers`;
  };
  const lane = async () => {
    while (!options.shouldStop()) {
      const { value, done } = chunks.next();
      if (done) return;
      const { index, sent: before } = value;
      onBegin(index, before);
      const end = await runActivity('sendChunk', label(index), {
        destination: request.destination,
        connection: request.connection,
        cohortId: request.cohortId,
        staged: { store: staged.store, location: staged.location, checksum: staged.checksum },
        chunk: chunkAt(staged.chunks, index),
        before,
        lockHolderRunId,
      }).catch((error: unknown) => {
        const sent = lastWords<ChunkEnd>(error);
        onChunk(index, sent === null ? before : progressOf(sent), false);
        onSettling(settleMsAfter(error));
        lanes.cancel();
        throw error;
      });
      onChunk(index, progressOf(end), true);
      onSettling(end.settleMs);
    }
  };

  const ends = await lanes.run(() =>
    Promise.allSettled(Array.from({ length: request.threadCount }, lane)),
  );
  const failures = ends.flatMap((end) =>
    end.status === 'rejected' ? [end.reason as unknown] : [],
  );
  const failure = failures.find((error) => !wasStopped(error)) ?? failures[0];
  if (failure !== undefined) throw failure;
}

/** Chunks that were begun come first. */
function* chunksToSend({ chunks: done, unfinished }: SendChunksOptions['from'], total: number) {
  yield* unfinished;
  for (let index = done + unfinished.length; index < total; index += 1) {
    yield { index, sent: NOTHING_OF_CHUNK };
  }
}
