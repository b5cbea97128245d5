import type { RowSource } from '../domain/ports.ts';
import type { SourceJob, SourceType } from './source-job.ts';

/** Only what is needed is loaded: each query has a process of its own. */
const LOADERS = {
  duckdb: () => import('./duckdb/query.ts'),
  treasureData: () => import('./treasure-data/result.ts'),
} satisfies Record<SourceType, () => Promise<unknown>>;

/** Loads what it takes to open sources of a type, before there is one to open. */
export async function loadSource(type: SourceType): Promise<void> {
  await LOADERS[type]();
}

/** Starts to read a source in this process. @throws ExportError */
export async function openSource(job: SourceJob, spillDirectory: string): Promise<RowSource> {
  switch (job.type) {
    case 'duckdb': {
      const { openDuckdbQuery } = await LOADERS.duckdb();
      // Relative names in the query work in the directory only.
      process.chdir(job.directory);
      return await openDuckdbQuery({
        directory: job.directory,
        query: job.query,
        variables: { scheduled_time: new Date(job.scheduledTime) },
        spillDirectory,
      });
    }
    case 'treasureData': {
      const { openTreasureDataResult } = await LOADERS.treasureData();
      return await openTreasureDataResult(job.connection, job.job);
    }
  }
}
