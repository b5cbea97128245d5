import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { explainNoConnection } from './explain.ts';
import type { TemporalSettings } from './settings.ts';

const CONNECT_WITHIN_MS = 5_000;

/**
 * What every client and worker is made with. A data converter belongs here: then all that goes to
 * Temporal and comes back passes through it.
 */
export function clientOptions({ namespace }: TemporalSettings) {
  return { namespace };
}

/** A worker's connection. @throws TemporalError */
export async function connectWorker(settings: TemporalSettings): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(settings.connectionOptions);
  } catch (error) {
    throw explainNoConnection(error, settings);
  }
}

/** A command's connection, and the client that uses it. @throws TemporalError */
export async function connectClient(
  settings: TemporalSettings,
): Promise<{ readonly client: Client; readonly connection: Connection }> {
  const { connectionOptions } = settings;
  try {
    const connection = await Connection.connect({
      ...connectionOptions,
      connectTimeout: CONNECT_WITHIN_MS,
    });
    return { connection, client: new Client({ connection, ...clientOptions(settings) }) };
  } catch (error) {
    throw explainNoConnection(error, settings);
  }
}
