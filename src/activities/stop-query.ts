import { Context } from '@temporalio/activity';
import type { JobSource } from '../domain/export-input.ts';
import type { QueryRun } from '../domain/ports.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** Ends the job that was started for a run; never one that the source names. */
export function createStopQuery({ sources }: Pick<ActivityDependencies, 'sources'>) {
  return async (source: JobSource, run: QueryRun): Promise<void> => {
    await sources.queryJobs(source).stop(source, run, Context.current().cancellationSignal);
  };
}
