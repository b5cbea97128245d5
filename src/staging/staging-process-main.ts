import type { RequestFormat } from '../domain/destination-port.ts';
import { ExportError, stackFrames } from '../domain/failures.ts';
import type { OpenSource, RowSource } from '../domain/source-port.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import { DirectoryStaging } from './directory-staging.ts';
import { orAbandon, type StageOptions, stageRows } from './stage-rows.ts';
import type { StagingProcessInput, StagingProcessMessage } from './staging-task.ts';

const PROGRESS_EVERY_MS = 1_000;

// What is loaded now need not be loaded when there is a task.
for (const module of process.argv.slice(2)) await import(module);

/** Only the worker acts on signals: it lets a query go on while it drains, and then ends this process. */
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
/** The worker is gone, so nobody wants the result. `exit` would wait for DuckDB's threads. */
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.once('message', async (task: StagingProcessInput) => {
  const outcome: StagingProcessMessage = await stage(task).then(
    (staged) => ({ staged }),
    (error: unknown) => ({ failed: describe(error) }),
  );
  await send(outcome);
  process.removeAllListeners('disconnect');
  process.disconnect();
});

async function stage(task: StagingProcessInput): Promise<StagedRows> {
  const staging = new DirectoryStaging(task.stagingDirectory);
  let sentAt = performance.now();
  const { reader, data } = task.source;
  const { openSource } = (await import(reader)) as { openSource: OpenSource<object> };
  const { requestFormat } = (await import(task.format)) as { requestFormat: RequestFormat };
  const writer = await staging.write(task.place);
  const source = await orAbandon(writer, () => openSource(data, task.reading));
  const options: StageOptions = {
    ...task,
    format: requestFormat,
    onProgress: (rows) => {
      if (performance.now() - sentAt < PROGRESS_EVERY_MS) return;
      sentAt = performance.now();
      void send({ rows });
    },
  };
  try {
    return await stageRows(source, writer, options);
  } finally {
    await close(source);
  }
}

/** Never the reason for a failure: the rows are staged by then, or have failed for a better one. */
async function close(source: RowSource): Promise<void> {
  try {
    await source[Symbol.asyncDispose]();
  } catch (error) {
    console.error(`The source was not closed: ${stackFrames(error)}`);
  }
}

function describe(error: unknown): {
  type: ExportError['type'];
  message: string;
  retry: ExportError['retry'];
} {
  if (error instanceof ExportError) {
    const { type, message, retry } = error;
    return { type, message, retry };
  }
  console.error(stackFrames(error));
  return {
    type: 'Internal',
    message:
      "Unexpected error while staging rows. This is a bug in cohort-export: please report it with the stack trace from the worker's log.",
    retry: 'backoff',
  };
}

function send(message: StagingProcessMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
}
