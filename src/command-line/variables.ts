import type { Variable } from './command.ts';

/** How a command finds Temporal: as the Temporal CLI does. */
export const TEMPORAL_VARIABLES: readonly Variable[] = [
  { name: 'TEMPORAL_ADDRESS', help: "Temporal's host and port (default 127.0.0.1:7233)" },
  { name: 'TEMPORAL_NAMESPACE', help: 'the namespace (default "default")' },
  { name: 'TEMPORAL_API_KEY', help: 'an API key; turns TLS on' },
  { name: 'TEMPORAL_TLS, TEMPORAL_TLS_*', help: 'TLS and its certificates' },
  { name: 'TEMPORAL_PROFILE', help: "a profile in the Temporal CLI's configuration file" },
  { name: 'TEMPORAL_CONFIG_FILE', help: 'that file, if it is not in its usual place' },
];

export const CONFIGURATION_VARIABLE: Variable = {
  name: 'COHORT_EXPORT_CONFIG',
  help: "the worker's configuration (default cohort-export.yaml)",
};
