import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';

const DEFAULT_ADDRESS = '127.0.0.1:7233';

/** How to reach Temporal, found as the Temporal CLI finds it. */
export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
}

/** Reads `TEMPORAL_*` and the profile file. Throws where they contradict each other. */
export function loadTemporalSettings(): TemporalSettings {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const address = connectionOptions.address ?? DEFAULT_ADDRESS;
  return {
    address,
    namespace: namespace ?? 'default',
    connectionOptions: { ...connectionOptions, address },
  };
}
