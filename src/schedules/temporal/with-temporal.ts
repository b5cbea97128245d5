import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import type { Place } from '../../command-line/command.ts';
import { CommandError } from '../../command-line/output.ts';
import { didYouMean } from '../../domain/nearest.ts';
import { connectClient } from '../../temporal/connection.ts';
import { explainTemporal, TemporalError } from '../../temporal/explain.ts';
import { loadTemporalSettings, type TemporalSettings } from '../../temporal/settings.ts';
import { exportScheduleIds } from './find-schedule.ts';
import type { Temporal } from './temporal.ts';

/** For all calls of a command together. */
const DEADLINE_MS = 30_000;

/**
 * Connects as `TEMPORAL_*` and the profile say, and disconnects afterwards.
 * @throws CommandError or TemporalError that says what to do if Temporal does not answer, or refuses.
 */
export async function withTemporal(
  place: Place,
  work: (temporal: Temporal) => Promise<void>,
): Promise<void> {
  const settings = settingsOf(place);
  const { client, connection } = await connectClient(settings);
  const temporal = { client, connection, namespace: settings.namespace };
  try {
    await connection.withDeadline(Date.now() + DEADLINE_MS, async () => {
      try {
        await work(temporal);
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
        throw await noSchedule(error.scheduleId, temporal, settings);
      }
    });
  } catch (error) {
    throw explain(error, settings);
  } finally {
    await connection.close();
  }
}

function settingsOf({ environment, directory }: Place): TemporalSettings {
  try {
    return loadTemporalSettings(environment, directory);
  } catch (error) {
    throw new CommandError(2, (error as Error).message);
  }
}

async function noSchedule(
  scheduleId: string,
  temporal: Temporal,
  { address, namespace }: TemporalSettings,
): Promise<CommandError> {
  // Temporal's list may still have one that was deleted a moment ago.
  const others = (await exportScheduleIds(temporal)).filter((id) => id !== scheduleId);
  return new CommandError(
    1,
    `There is no schedule "${scheduleId}" in Temporal at ${address}, namespace ${namespace}${didYouMean(scheduleId, others)}. To list all: npm run schedule -- list`,
  );
}

function explain(error: unknown, settings: TemporalSettings): unknown {
  if (error instanceof CommandError || error instanceof TemporalError) return error;
  if (error instanceof ScheduleAlreadyRunning) {
    return new CommandError(
      1,
      `Someone else created the schedule "${error.scheduleId}" at the same time; it was left unchanged. To update it, apply the file again.`,
    );
  }
  return explainTemporal(error, settings);
}
