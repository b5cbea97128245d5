import type { CommandLine, Place } from '../../command-line/command.ts';
import { CommandError, type Output } from '../../command-line/output.ts';
import { isoText } from '../cron/time-text.ts';
import { describeExports } from '../temporal/find-schedule.ts';
import { withTemporal } from '../temporal/with-temporal.ts';

export async function run(
  { operand, options }: CommandLine,
  output: Output,
  place: Place,
): Promise<void> {
  if (options.note?.trim() === '') throw new CommandError(2, 'pause: --note must not be empty.');
  await withTemporal(place, async (temporal) => {
    const { state } = await describeExports(temporal, operand);
    const had = state.note || null;
    const byDefault = `Paused at ${isoText(Date.now())} with npm run schedule.`;
    const note = options.note ?? (state.paused ? (had ?? byDefault) : byDefault);
    if (!state.paused || note !== had) {
      await temporal.client.schedule.getHandle(operand).pause(note);
    }
    output.line(
      state.paused ? `${operand} was already paused.` : `Paused ${operand}; it was active.`,
    );
    if (had !== null && had !== note) output.line(`Previous note: ${had}`);
    output.line(`Note: ${note}`);
    output.document({ scheduleId: operand, paused: true, wasPaused: state.paused, note });
  });
}
