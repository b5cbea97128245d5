import type { Client, Connection } from '@temporalio/client';

/** The Temporal that a command talks to. */
export interface Temporal {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
}
