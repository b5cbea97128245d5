import type { CommandLine, Place } from '../../command-line/command.ts';
import type { Output } from '../../command-line/output.ts';
import { RESUMED_SIGNAL } from '../../domain/schedule-pausing.ts';
import { isoText } from '../cron/time-text.ts';
import { signalFailureCounter } from '../temporal/failure-counter.ts';
import { describeExports } from '../temporal/find-schedule.ts';
import { zoneOf } from '../temporal/temporal-options.ts';
import { withTemporal } from '../temporal/with-temporal.ts';
import { timeTable } from './run-table.ts';

export async function run({ operand }: CommandLine, output: Output, place: Place): Promise<void> {
  await withTemporal(place, async (temporal) => {
    const { state, action } = await describeExports(temporal, operand);
    const note = `Resumed at ${isoText(Date.now())} with npm run schedule.`;
    const handle = temporal.client.schedule.getHandle(operand);
    await handle.unpause(note);
    // Of an active one too: a person who resumes it has corrected something.
    await signalFailureCounter(temporal.client, action.taskQueue, operand, RESUMED_SIGNAL);
    const { info, spec } = await handle.describe();
    const next = info.nextActionTimes[0]?.getTime();
    const before = state.paused ? `it was paused${state.note ? ` (${state.note})` : ''}` : null;
    output.line(
      before === null
        ? `${operand} was already active. Its failure count is reset.`
        : `Resumed ${operand}; ${before}. Its failure count is reset.`,
    );
    if (next === undefined) output.line('It runs only by hand.');
    else output.lines(['Next run', ...timeTable([next], zoneOf({ spec }))]);
    output.document({
      scheduleId: operand,
      paused: false,
      wasPaused: state.paused,
      note,
      nextRun: next === undefined ? null : isoText(next),
    });
  });
}
