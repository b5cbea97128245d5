import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { RESUMED_SIGNAL, scheduleFailuresId } from '../../src/domain/schedule-runs.ts';
import type { CommandLine } from './command-line.ts';
import { withTemporal } from './connect.ts';
import { isoText } from './moments.ts';
import type { Output } from './output.ts';
import { momentRows } from './run-times.ts';
import { describeExports, zoneOf } from './temporal-schedule.ts';

export async function run({ operand }: CommandLine, output: Output): Promise<void> {
  await withTemporal(async (temporal) => {
    const { state, action } = await describeExports(temporal, operand);
    const note = `Resumed at ${isoText(Date.now())} with npm run schedule.`;
    const handle = temporal.client.schedule.getHandle(operand);
    await handle.unpause(note);
    await countAnew(temporal.client, action.taskQueue, operand);
    const { info, spec } = await handle.describe();
    const next = info.nextActionTimes[0]?.getTime();
    const before = state.paused ? `it was paused${state.note ? ` (${state.note})` : ''}` : null;
    output.line(
      before === null
        ? `${operand} was active already; its failures are counted anew.`
        : `Resumed ${operand}; ${before}. Its failures are counted anew.`,
    );
    if (next === undefined) output.line('It runs only by hand.');
    else output.lines(['Its next tick', ...momentRows([next], zoneOf({ spec }))]);
    output.document({
      scheduleId: operand,
      paused: false,
      wasPaused: state.paused,
      note,
      nextRun: next === undefined ? null : isoText(next),
    });
  });
}

/** An active schedule, too: whoever resumes it has corrected something. */
async function countAnew(client: Client, taskQueue: string, scheduleId: string): Promise<void> {
  try {
    await client.workflow
      .getHandle(scheduleFailuresId(taskQueue, scheduleId))
      .signal(RESUMED_SIGNAL);
  } catch (error) {
    // No run has failed since the last success.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
