import { ExportError } from '../../domain/failures.ts';
import type { TreasureDataConnection } from './connection.ts';
import { errorWords } from './engine-words.ts';
import type { JobDetails } from './response-schemas.ts';

/** Where to find Treasure Data's own log. */
function placeOf({ url }: JobDetails): string {
  return url?.startsWith('https://') ? ` Its log: ${url}` : '';
}

/** What people typed themselves: the query, and the database that it runs in. */
export function typedIn({ query, database }: JobDetails): string {
  return [query, database].filter((text) => typeof text === 'string').join('\n');
}

export function jobFailed(
  jobId: string,
  job: JobDetails,
  connection: TreasureDataConnection,
): ExportError {
  const outputs = [job.debug?.stderr, job.debug?.cmdout];
  const words = errorWords(outputs, typedIn(job), [connection.apiKey]);
  const said = words === '' ? ' without giving a reason' : `: ${words}`;
  return new ExportError(
    'QueryFailed',
    `Treasure Data's job ${jobId} failed${said}. Correct the query and start a new export.${placeOf(job)}`,
  );
}

export function jobKilled(jobId: string, job: JobDetails): ExportError {
  return new ExportError(
    'QueryFailed',
    `Treasure Data's job ${jobId} was killed by a user or by an account limit. Start a new export to run the query again.${placeOf(job)}`,
  );
}

export function noSuchJob(jobId: string, { name, endpoint }: TreasureDataConnection): ExportError {
  return new ExportError(
    'QueryFailed',
    `Treasure Data has no job ${jobId} for the connection "${name}" (${endpoint}). Check the id, and that the job ran in this account and region.`,
  );
}

export function noResultSet(jobId: string): ExportError {
  return new ExportError(
    'QueryFailed',
    `Treasure Data's job ${jobId} has no result set: its statement writes (INSERT, CREATE, DROP …) or its result was not kept. Use a query that reads: SELECT ….`,
  );
}

export function resultExpired(jobId: string, job: JobDetails): ExportError {
  const ended = job.end_at ? ` The job ended at ${job.end_at}.` : '';
  return new ExportError(
    'QueryFailed',
    `The result of Treasure Data's job ${jobId} is gone: results are kept for 7 days.${ended} Run the query again, and start a new export. (A statement that writes, such as INSERT, never has a result: use a query that reads.)`,
  );
}
