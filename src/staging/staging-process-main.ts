import { once } from 'node:events';
import type { RequestFormat } from '../domain/destination-port.ts';
import { stackFrames } from '../domain/failures.ts';
import type { OpenSource, RowSource } from '../domain/source-port.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import { fromFailed, toFailed } from './failed.ts';
import { orAbandon, type StageOptions, stageRows } from './stage-rows.ts';
import type {
  StagingProcessAnswer,
  StagingProcessInput,
  StagingProcessMessage,
} from './staging-task.ts';
import type { OpenStaging } from './store.ts';

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
    (error: unknown) => ({ failed: toFailed(error) }),
  );
  await send(outcome);
  process.removeAllListeners('disconnect');
  process.disconnect();
});

async function stage(task: StagingProcessInput): Promise<StagedRows> {
  const { openStaging } = (await import(task.store.module)) as { openStaging: OpenStaging<object> };
  const staging = openStaging(task.store.data, askWorker);
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

let asking: Promise<object> | null = null;

function askWorker(renew: boolean): Promise<object> {
  asking ??= ask(renew).finally(() => {
    asking = null;
  });
  return asking;
}

async function ask(renew: boolean): Promise<object> {
  const answered = once(process, 'message');
  await send({ asksSecrets: { renew } });
  const [answer] = (await answered) as [StagingProcessAnswer];
  if ('failed' in answer) throw fromFailed(answer.failed);
  return answer.secrets;
}

function send(message: StagingProcessMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
}
