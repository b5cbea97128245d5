import type { RequestFormat } from '../domain/destination-port.ts';
import { ExportError, stackFrames } from '../domain/failures.ts';
import type { OpenSource } from '../domain/source-port.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import { DirectoryStaging } from './directory-staging.ts';
import { stageRows } from './stage-rows.ts';
import { stagingFailed } from './staging-error.ts';
import type { StagingMessage, StagingOrder } from './staging-job.ts';

const PROGRESS_EVERY_MS = 1_000;

// What is loaded now need not be loaded when there is a job.
for (const module of process.argv.slice(2)) await import(module);

/** The worker is gone, and with it whoever wants the result. `exit` would wait for DuckDB's threads. */
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.once('message', async (order: StagingOrder) => {
  const outcome: StagingMessage = await stage(order).then(
    (staged) => ({ staged }),
    (error: unknown) => ({ failed: describe(error) }),
  );
  await tell(outcome);
  process.removeAllListeners('disconnect');
  process.disconnect();
});

async function stage(job: StagingOrder): Promise<StagedRows> {
  const staging = new DirectoryStaging(job.stagingDirectory);
  const writer = await staging.write(job.place);
  const spillDirectory = await staging.createSpillDirectory(job.place);
  let toldAt = performance.now();
  const { reader, data } = job.source;
  const { openSource } = (await import(reader)) as { openSource: OpenSource<object> };
  const { requestFormat } = (await import(job.format)) as { requestFormat: RequestFormat };
  await using source = await openSource(data, { spillDirectory });
  return await stageRows(source, writer, {
    ...job,
    format: requestFormat,
    onProgress: (rows) => {
      if (performance.now() - toldAt < PROGRESS_EVERY_MS) return;
      toldAt = performance.now();
      void tell({ rows });
    },
  });
}

function describe(error: unknown): {
  type: ExportError['type'];
  message: string;
  retry: ExportError['retry'];
} {
  if (!(error instanceof ExportError)) console.error(stackFrames(error));
  const { type, message, retry } =
    error instanceof ExportError ? error : stagingFailed('written', error);
  return { type, message, retry };
}

function tell(message: StagingMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
}
