import { resolve } from 'node:path';
import type { Environment } from './environment.ts';

const PATHS = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'] as const;
const OTHERS = ['NODE_USE_SYSTEM_CA', 'NODE_TLS_REJECT_UNAUTHORIZED'] as const;

/** What Node itself reads from the environment, for a process that gets nothing else of it. */
export function readCertificates(environment: Environment): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of [...PATHS, ...OTHERS]) {
    const value = environment[name];
    if (!value) continue;
    found[name] = PATHS.some((path) => path === name) ? resolve(value) : value;
  }
  return found;
}
