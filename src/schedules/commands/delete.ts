import type { CommandLine, Place } from '../../command-line/command.ts';
import type { Output } from '../../command-line/output.ts';
import { SUCCEEDED_SIGNAL } from '../../domain/schedule-pausing.ts';
import { signalFailureCounter } from '../temporal/failure-counter.ts';
import { bufferSize, describeExports } from '../temporal/find-schedule.ts';
import { readApplied, zoneOf } from '../temporal/temporal-options.ts';
import { withTemporal } from '../temporal/with-temporal.ts';

export async function run({ operand }: CommandLine, output: Output, place: Place): Promise<void> {
  await withTemporal(place, async (temporal) => {
    const description = await describeExports(temporal, operand);
    await temporal.client.schedule.getHandle(operand).delete();
    const { taskQueue } = description.action;
    await signalFailureCounter(temporal.client, taskQueue, operand, SUCCEEDED_SIGNAL);
    const cron = readApplied(description)?.settings.cron ?? null;
    const running = description.info.runningActions.map(({ workflow }) => workflow.workflowId);
    const what = cron === null ? "with Temporal's own specification" : `cron "${cron}"`;
    output.line(`Deleted the schedule ${operand} (${what}, ${zoneOf(description).name}).`);
    for (const workflowId of running) output.line(`Its run ${workflowId} continues.`);
    const waiting = bufferSize(description);
    if (waiting > 0) output.line(`Its queued runs (${waiting} or more) will not start.`);
    output.document({ scheduleId: operand, deleted: true, cron, running, waiting });
  });
}
