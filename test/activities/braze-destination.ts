import { startSandbox } from '../../sandbox/server.ts';
import type { BrazeSettings } from '../../src/destinations/braze/braze.ts';
import { braze } from '../../src/destinations/braze/destination.ts';
import type { Cohort, Destination } from '../../src/domain/destination-port.ts';
import { connectionOf } from '../support/connection-type.ts';
import { SandboxControl } from '../workflows/sandbox-control.ts';

export interface BrazeWithCohort extends AsyncDisposable {
  readonly control: SandboxControl;
  readonly destination: Destination;
}

/** A sandbox in which a cohort has been named, and a connection to it. */
export async function startBraze(cohort: Cohort): Promise<BrazeWithCohort> {
  const sandbox = await startSandbox();
  const section = { restEndpoint: sandbox.url, ...sandbox.braze };
  const destination = braze.connect(connectionOf(braze, section) as BrazeSettings, () => undefined);
  await destination.nameCohort(cohort, { signal: new AbortController().signal });
  return {
    control: new SandboxControl(sandbox),
    destination,
    [Symbol.asyncDispose]: async () => {
      await destination[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}
