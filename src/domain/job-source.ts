import type { SourceSpec, TreasureDataSource } from './export-input.ts';

/** Sources whose query runs as a job of theirs, before its rows are staged. */
export type JobSource = TreasureDataSource;

export function runsAsJob(source: SourceSpec): source is JobSource {
  return source.type === 'treasureData';
}
