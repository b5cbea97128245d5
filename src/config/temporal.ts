import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';

const DEFAULT_ADDRESS = '127.0.0.1:7233';

/** How to reach Temporal, found as the Temporal CLI finds it. */
export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
}

/** Reads `TEMPORAL_*` and the profile file. @throws Error that says where to look */
export function loadTemporalSettings(): TemporalSettings {
  const { connectionOptions, namespace } = load();
  const address = connectionOptions.address ?? DEFAULT_ADDRESS;
  return {
    address,
    namespace: namespace ?? 'default',
    connectionOptions: { ...connectionOptions, address },
  };
}

function load(): ClientConnectConfig {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    // Below its first line a TOML error quotes the file, and a key may be there.
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Error(
      `How to reach Temporal cannot be read (${reason}). Check the TEMPORAL_* variables and the profile file, temporal.toml: it needs a section [profile.default], or the one that TEMPORAL_PROFILE names.`,
    );
  }
}
