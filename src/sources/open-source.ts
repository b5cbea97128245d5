import type { RowSource } from '../domain/ports.ts';
import type { SourceJob } from './source-job.ts';

/** Starts to read a source in this process. @throws ExportError */
export async function openSource(job: SourceJob, spillDirectory: string): Promise<RowSource> {
  // Only what is needed is loaded: each query has a process of its own.
  switch (job.type) {
    case 'duckdb': {
      const { openDuckdbQuery } = await import('./duckdb/query.ts');
      return await openDuckdbQuery({
        directory: job.directory,
        query: job.query,
        variables: { scheduled_time: new Date(job.scheduledTime) },
        spillDirectory,
      });
    }
    case 'treasureData': {
      const { openTreasureDataResult } = await import('./treasure-data/result.ts');
      return await openTreasureDataResult(job.connection, job.job);
    }
  }
}
