import {
  type Client,
  type Connection,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
} from '@temporalio/client';
import { callerDirectory } from '../../command-line/caller-directory.ts';
import { CommandError } from '../../command-line/output.ts';
import { connectClient } from '../../temporal/connection.ts';
import { explainTemporal, TemporalError } from '../../temporal/explain.ts';
import { loadTemporalSettings, type TemporalSettings } from '../../temporal/settings.ts';

/** For all that a command asks of Temporal. */
const ANSWER_WITHIN_MS = 30_000;

export interface Temporal {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
}

/**
 * Connects as `TEMPORAL_*` and the profile say, and disconnects afterwards.
 * @throws CommandError or TemporalError that says what to do where Temporal does not answer, or refuses.
 */
export async function withTemporal(work: (temporal: Temporal) => Promise<void>): Promise<void> {
  const settings = loadTemporalSettings(process.env, callerDirectory);
  const { client, connection } = await connectClient(settings);
  try {
    const { namespace } = settings;
    const deadline = Date.now() + ANSWER_WITHIN_MS;
    await connection.withDeadline(deadline, () => work({ client, connection, namespace }));
  } catch (error) {
    throw explain(error, settings);
  } finally {
    await connection.close();
  }
}

function explain(error: unknown, settings: TemporalSettings): unknown {
  if (error instanceof CommandError || error instanceof TemporalError) return error;
  if (error instanceof ScheduleNotFoundError) {
    const where = `Temporal at ${settings.address}, namespace ${settings.namespace}`;
    return new CommandError(
      1,
      `There is no schedule "${error.scheduleId}" (${where}). npm run schedule -- list shows all.`,
    );
  }
  if (error instanceof ScheduleAlreadyRunning) {
    return new CommandError(
      1,
      `Somebody else created the schedule "${error.scheduleId}" just now, and it was left as it is. Apply the file again to make it as the file says.`,
    );
  }
  return explainTemporal(error, settings);
}
