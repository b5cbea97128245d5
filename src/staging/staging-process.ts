import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExportError } from '../domain/failures.ts';
import type { StagedRows } from '../domain/ports.ts';
import { COMPILE_CACHE } from './layout.ts';
import type { StagingJob, StagingMessage } from './staging-job.ts';

const MAIN = fileURLToPath(new URL('./staging-process-main.ts', import.meta.url));

export interface StagingProcessOptions {
  readonly signal: AbortSignal;
  /** Told the rows read so far, about once a second. */
  readonly onProgress: (rows: number) => void;
}

/**
 * Runs a query and stages its rows in a process of its own, in the source's directory: relative
 * names work there, a cancel ends it at once, and a query that runs out of memory leaves the worker
 * alone.
 * @throws ExportError, or the signal's reason
 */
export async function runStagingProcess(
  job: StagingJob,
  { signal, onProgress }: StagingProcessOptions,
): Promise<StagedRows> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [MAIN], {
    cwd: job.source.type === 'duckdb' ? job.source.directory : job.stagingDirectory,
    // Nothing of the worker's environment, where credentials are, reaches the query.
    env: {
      ...(job.source.type === 'duckdb' ? {} : job.source.certificates),
      TZ: 'UTC',
      NODE_COMPILE_CACHE: join(job.stagingDirectory, COMPILE_CACHE),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const outcome = Promise.withResolvers<StagedRows>();
  const stop = () => {
    child.kill('SIGKILL');
    outcome.reject(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  child.on('message', (message: StagingMessage) => {
    if ('rows' in message) onProgress(message.rows);
    else if ('staged' in message) outcome.resolve(message.staged);
    else {
      const { type, message: text, retry } = message.failed;
      outcome.reject(new ExportError(type, text, retry));
    }
  });
  const gone = Promise.withResolvers<void>();
  child.on('error', (error) => {
    outcome.reject(notStarted(error));
    gone.resolve();
  });
  child.on('exit', (code, killedBy) => {
    outcome.reject(endedEarly(code, killedBy));
    gone.resolve();
  });
  child.send(job, (error) => error && outcome.reject(notStarted(error)));
  try {
    return await outcome.promise;
  } finally {
    signal.removeEventListener('abort', stop);
    child.kill('SIGKILL');
    await gone.promise;
  }
}

function notStarted(error: Error): ExportError {
  const code = 'code' in error ? String(error.code) : error.name;
  return new ExportError(
    'StagingFailed',
    `The process that runs the query could not be started (${code}). Check the memory and the process limit of the worker's machine, and that the connection's directory is there.`,
    'backoff',
  );
}

function endedEarly(code: number | null, killedBy: NodeJS.Signals | null): ExportError {
  return new ExportError(
    'StagingFailed',
    `The process that runs the query ended before its time (${killedBy ?? `exit code ${code}`}). If it was killed for its memory, give the machine more or let the query sort and join less.`,
    'backoff',
  );
}
