/** How far a chunk has come, over all its attempts, as far as it was recorded. */
export interface ChunkProgress {
  /** Requests of the chunk that were accepted: a retry continues after them. */
  accepted: number;
  retried: number;
  /** Identifiers in the accepted requests. */
  identifiers: number;
  warnings: readonly string[];
}

export const NOTHING_OF_CHUNK: Readonly<ChunkProgress> = {
  accepted: 0,
  retried: 0,
  identifiers: 0,
  warnings: [],
};
