import type { Output } from '../../command-line/output.ts';
import type { Temporal } from './temporal.ts';

/** Warns if no worker has polled a task queue lately: its runs would only wait. */
export async function warnOfNoWorker(
  { connection, namespace }: Temporal,
  taskQueue: string,
  output: Output,
): Promise<void> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
  });
  if (pollers.length > 0) return;
  output.warn(
    `No worker is polling the task queue "${taskQueue}". Runs wait until one is started there: npm run worker`,
  );
}
