import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startTemporalServer } from '../../scripts/temporal-cli/dev-server.ts';
import { startWire } from '../support/wire.ts';

/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

export interface RestartableTemporal extends AsyncDisposable {
  /** For workers and commands. */
  readonly environment: { readonly TEMPORAL_ADDRESS: string };
  readonly client: Client;
  readonly restart: () => Promise<void>;
}

/**
 * A Temporal that keeps its data in a file, at an address that survives its restart.
 * @param portsFrom a range of the caller's own
 */
export async function startRestartable(portsFrom: number): Promise<RestartableTemporal> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'temporal-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const options = {
    headless: true,
    portsFrom,
    dbFile: join(folder, 'temporal.db'),
  };
  let server = await startTemporalServer(options);
  stack.defer(() => server.stop());
  const wire = stack.use(await startWire(server.address));
  const connection = await Connection.connect({ address: wire.address });
  stack.defer(() => connection.close());
  const resources = stack.move();
  return {
    environment: { TEMPORAL_ADDRESS: wire.address },
    client: new Client({ connection }),
    restart: async () => {
      // Another server may take the port, and clients would talk to that one.
      wire.lead(NOWHERE);
      await server.stop();
      server = await startTemporalServer(options);
      wire.lead(server.address);
    },
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}
