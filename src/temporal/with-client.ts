import {
  Client,
  Connection,
  isGrpcServiceError,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
} from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { CommandError } from '../command-line/output.ts';
import { loadTemporalSettings, type TemporalSettings } from './settings.ts';

const CONNECT_WITHIN_MS = 5_000;
/** For all that a command asks of Temporal. */
const ANSWER_WITHIN_MS = 30_000;
/** Of gRPC. */
const [INVALID_ARGUMENT, DEADLINE_EXCEEDED, PERMISSION_DENIED, UNAVAILABLE, UNAUTHENTICATED] = [
  3, 4, 7, 14, 16,
];

export interface Temporal {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
}

/**
 * Connects as `TEMPORAL_*` and the profile say, and disconnects afterwards.
 * @throws CommandError that says what to do where Temporal does not answer, or refuses.
 */
export async function withTemporal(work: (temporal: Temporal) => Promise<void>): Promise<void> {
  const settings = readSettings();
  const connection = await connect(settings);
  const { namespace } = settings;
  const client = new Client({ connection, namespace });
  try {
    const deadline = Date.now() + ANSWER_WITHIN_MS;
    await connection.withDeadline(deadline, () => work({ client, connection, namespace }));
  } catch (error) {
    throw explain(error, settings);
  } finally {
    await connection.close();
  }
}

function readSettings(): TemporalSettings {
  try {
    return loadTemporalSettings();
  } catch (error) {
    throw new CommandError(1, (error as Error).message);
  }
}

async function connect(settings: TemporalSettings): Promise<Connection> {
  const { connectionOptions, address } = settings;
  try {
    return await Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_WITHIN_MS });
  } catch (error) {
    const told = explain(error, settings);
    if (told instanceof CommandError) throw told;
    const reason = error instanceof Error ? error.message : String(error);
    // `true` is the SDK's doing; what a person sets is an object or `false`.
    const hint =
      connectionOptions.tls === true
        ? ' TEMPORAL_API_KEY (or api_key in the profile) turns TLS on: if this server has none, unset the key or set TEMPORAL_TLS=false.'
        : '';
    throw new CommandError(
      1,
      `Temporal cannot be reached at ${address} (${reason}). Start it, or name another in TEMPORAL_ADDRESS or TEMPORAL_PROFILE.${hint}`,
    );
  }
}

/** The error as a person can use it, or as it is where it is not of Temporal's. */
function explain(error: unknown, { address, namespace }: TemporalSettings): unknown {
  if (error instanceof CommandError) return error;
  const where = `Temporal at ${address}`;
  if (error instanceof NamespaceNotFoundError) {
    return new CommandError(
      1,
      `${where} does not have the namespace "${namespace}", or does not show it to these credentials. Create it, or name another in TEMPORAL_NAMESPACE or TEMPORAL_PROFILE.`,
    );
  }
  if (error instanceof ScheduleNotFoundError) {
    return new CommandError(1, notFound(error.scheduleId, `${where}, namespace ${namespace}`));
  }
  if (error instanceof ScheduleAlreadyRunning) {
    return new CommandError(
      1,
      `Somebody else created the schedule "${error.scheduleId}" just now, and it was left as it is. Apply the file again to make it as the file says.`,
    );
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!isGrpcServiceError(cause)) return error;
  const reason = cause.details || cause.message;
  if (cause.code === UNAUTHENTICATED || cause.code === PERMISSION_DENIED) {
    const check = 'Check TEMPORAL_API_KEY, the certificates, or the profile.';
    return new CommandError(1, `${where} refuses these credentials (${reason}). ${check}`);
  }
  if (cause.code === UNAVAILABLE || cause.code === DEADLINE_EXCEEDED) {
    const look = 'Look with the command list or describe how far it came, then try again.';
    return new CommandError(1, `${where} does not answer (${reason}). ${look}`);
  }
  const refused = cause.code === INVALID_ARGUMENT ? 'does not accept this' : 'failed';
  return new CommandError(1, `${where} ${refused}: ${reason}.`);
}

function notFound(scheduleId: string, where: string): string {
  return `There is no schedule "${scheduleId}" (${where}). npm run schedule -- list shows all.`;
}
