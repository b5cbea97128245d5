import { resolve } from 'node:path';
import {
  type ClientConfigProfile,
  type ClientConnectConfig,
  loadClientConfigProfile,
  toClientOptions,
} from '@temporalio/envconfig';
import type { Environment } from '../config/environment.ts';

const DEFAULT_ADDRESS = '127.0.0.1:7233';

/** How to reach Temporal, found as the Temporal CLI finds it. */
export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
}

/**
 * Reads `TEMPORAL_*` and the profile file; relative paths start at `directory`, the caller's.
 * @throws Error that says where to look
 */
export function loadTemporalSettings(
  environment: Environment,
  directory: string,
): TemporalSettings {
  const { connectionOptions, namespace } = load(environment, directory);
  const address = connectionOptions.address ?? DEFAULT_ADDRESS;
  return {
    address,
    namespace: namespace ?? 'default',
    connectionOptions: { ...connectionOptions, address },
  };
}

function load(environment: Environment, directory: string): ClientConnectConfig {
  const file = environment.TEMPORAL_CONFIG_FILE;
  const variables = {
    ...environment,
    ...(file && { TEMPORAL_CONFIG_FILE: resolve(directory, file) }),
  };
  try {
    const profile = loadClientConfigProfile({
      overrideEnvVars: variables as Record<string, string>,
    });
    return toClientOptions(withPathsFrom(directory, profile));
  } catch (error) {
    // Below its first line a TOML error quotes the file, and a key may be there.
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Error(
      `The Temporal settings cannot be read (${reason}). Check the TEMPORAL_* variables and the profile file, temporal.toml: it needs a section [profile.default], or the one that TEMPORAL_PROFILE names.`,
    );
  }
}

/** The certificates and keys, which the SDK would look for where this process runs. */
function withPathsFrom(directory: string, profile: ClientConfigProfile): ClientConfigProfile {
  if (profile.tls === undefined) return profile;
  const tls = Object.entries(profile.tls).map(([name, value]) => [
    name,
    typeof value === 'object' && 'path' in value ? { path: resolve(directory, value.path) } : value,
  ]);
  return { ...profile, tls: Object.fromEntries(tls) };
}
