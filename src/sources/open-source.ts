import type { RowSource } from '../domain/ports.ts';
import { openDuckdbQuery } from './duckdb/query.ts';
import type { SourceJob } from './source-job.ts';

/** Starts a query in this process. @throws ExportError */
export async function openSource(job: SourceJob, spillDirectory: string): Promise<RowSource> {
  switch (job.type) {
    case 'duckdb':
      return await openDuckdbQuery({
        directory: job.directory,
        query: job.query,
        variables: { scheduled_time: new Date(job.scheduledTime) },
        spillDirectory,
      });
  }
}
