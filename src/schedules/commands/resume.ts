import type { CommandLine } from '../../command-line/command.ts';
import type { Output } from '../../command-line/output.ts';
import { RESUMED_SIGNAL } from '../../domain/schedule-runs.ts';
import { tellFailureCounter } from './failure-counter.ts';
import { isoText } from './moments.ts';
import { momentRows } from './run-times.ts';
import { describeExports, zoneOf } from './temporal-schedule.ts';
import { withTemporal } from './with-temporal.ts';

export async function run({ operand }: CommandLine, output: Output): Promise<void> {
  await withTemporal(async (temporal) => {
    const { state, action } = await describeExports(temporal, operand);
    const note = `Resumed at ${isoText(Date.now())} with npm run schedule.`;
    const handle = temporal.client.schedule.getHandle(operand);
    await handle.unpause(note);
    // An active one too: whoever resumes it has corrected something.
    await tellFailureCounter(temporal.client, action.taskQueue, operand, RESUMED_SIGNAL);
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
