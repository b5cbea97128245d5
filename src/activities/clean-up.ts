import type { Staging } from '../domain/ports.ts';

/** Removes the staged rows of an export. Its rejects stay for as long as the configuration says. */
export function createCleanUp(staging: Staging) {
  return async (exportRunId: string): Promise<void> => {
    await staging.remove(exportRunId);
  };
}
