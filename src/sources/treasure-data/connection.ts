import type { ProxySettings } from '../../domain/connection-type.ts';

/** A connection to Treasure Data, as the configuration has it: plain data. */
export interface TreasureDataConnection {
  /** The name that exports use. */
  readonly name: string;
  /** Scheme, host and port, such as `https://api.treasuredata.com`. */
  readonly endpoint: string;
  readonly apiKey: string;
  readonly proxy: ProxySettings;
  /** For a response, from the first byte sent to the last received; for a download, between bytes. */
  readonly requestTimeoutMs?: number | undefined;
}
