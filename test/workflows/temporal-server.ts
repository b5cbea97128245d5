import type { TestProject } from 'vitest/node';
import { startTemporalServer } from '../../scripts/temporal-cli/dev-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    temporalAddress: string;
    temporalCli: string;
  }
}

/**
 * One real Temporal for all tests of this folder; each file has a task queue of its own. Its port is
 * not Temporal's usual one, where a developer's worker would poll.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTemporalServer({ headless: true, portsFrom: 28_233 });
  project.provide('temporalAddress', server.address);
  project.provide('temporalCli', server.cliPath);
  return () => server.stop();
}
