import type { CommandLine } from '../../command-line/command.ts';
import type { Output } from '../../command-line/output.ts';
import { SUCCEEDED_SIGNAL } from '../../domain/schedule-runs.ts';
import { tellFailureCounter } from './failure-counter.ts';
import { bufferSize, describeExports, readApplied, zoneOf } from './temporal-schedule.ts';
import { withTemporal } from './with-temporal.ts';

export async function run({ operand }: CommandLine, output: Output): Promise<void> {
  await withTemporal(async (temporal) => {
    const description = await describeExports(temporal, operand);
    await temporal.client.schedule.getHandle(operand).delete();
    const { taskQueue } = description.action;
    await tellFailureCounter(temporal.client, taskQueue, operand, SUCCEEDED_SIGNAL);
    const cron = readApplied(description)?.settings.cron ?? null;
    const running = description.info.runningActions.map(({ workflow }) => workflow.workflowId);
    const what =
      cron === null ? "with Temporal's own specification" : `with the cron text "${cron}"`;
    output.line(`Deleted the schedule ${operand} (${what}, ${zoneOf(description).name}).`);
    for (const workflowId of running) output.line(`Its run ${workflowId} goes on.`);
    const waiting = bufferSize(description);
    if (waiting > 0)
      output.line(`Runs that waited for their turn (${waiting} or more) do not start.`);
    output.document({ scheduleId: operand, deleted: true, cron, running, waiting });
  });
}
