import type { OpenSource } from '../../domain/source-port.ts';
import { enterDirectory } from './data-directory.ts';
import { openDuckdbQuery } from './query.ts';

/** What a staging process needs to run a query: plain data. */
export interface DuckdbRead {
  /** Absolute; it becomes the process's working directory. */
  readonly directory: string;
  readonly query: string;
  /** The scheduled time of the run; ISO 8601, UTC. */
  readonly scheduledTime: string;
}

export const openSource: OpenSource<DuckdbRead> = async (
  { directory, query, scheduledTime },
  { spillDirectory, memoryMb, isMemoryShare },
) => {
  return await openDuckdbQuery({
    directory: await enterDirectory(directory),
    query,
    variables: { scheduled_time: new Date(scheduledTime) },
    spillDirectory,
    memoryMb,
    isMemoryShare,
  });
};
