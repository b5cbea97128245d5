import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll } from 'vitest';

/** A client of the Temporal of `TEMPORAL_ADDRESS`, there while the tests of a file run. */
export function temporalClient(): { readonly client: Client } {
  const connected: { client?: Client } = {};
  beforeAll(async () => {
    const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
    connected.client = new Client({ connection });
  });
  afterAll(() => connected.client?.connection.close());
  return connected as { client: Client };
}
