import { Context } from '@temporalio/activity';
import { ExportError } from '../domain/failures.ts';
import type { JobSource } from '../domain/job-source.ts';
import type { QueryRun } from '../domain/ports.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** Ends the job that was started for a run; never one that the source names. */
export function createStopQuery({ sources }: Pick<ActivityDependencies, 'sources'>) {
  return async (source: JobSource, run: QueryRun): Promise<void> => {
    try {
      await sources.queryJobs(source).stop(source, run, Context.current().cancellationSignal);
    } catch (error) {
      // Whoever cancels does not wait for an hour because a rate limit asks for it.
      if (error instanceof ExportError && typeof error.retry === 'object') {
        throw new ExportError(error.type, error.message, 'backoff');
      }
      throw error;
    }
  };
}
