import { NOTHING_SENT_OF_CHUNK, type SentOfChunk } from './staging-port.ts';

/** How far a chunk has come, over all its attempts, as far as it was recorded. */
export interface ChunkProgress extends SentOfChunk {
  /**
   * Identifiers of the request after those that are done which need not be sent again, counted from its
   * first: it is being narrowed down.
   */
  readonly settled: number;
  readonly retried: number;
  /** The location of the rejects file, if identifiers were refused. */
  readonly rejects: string | null;
  readonly warnings: readonly string[];
}

export const NOTHING_OF_CHUNK: ChunkProgress = {
  ...NOTHING_SENT_OF_CHUNK,
  settled: 0,
  retried: 0,
  rejects: null,
  warnings: [],
};

/** Without what else a lane reports at its end. */
export function progressOf(end: ChunkProgress): ChunkProgress {
  const { done, settled, accepted, retried, identifiers, refused, rejects, warnings } = end;
  return { done, settled, accepted, retried, identifiers, refused, rejects, warnings };
}
