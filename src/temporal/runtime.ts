import { Runtime } from '@temporalio/worker';
import { type Address, addressText, resolveAddress } from '../observability/address.ts';
import { createLogger } from '../observability/logging.ts';

/**
 * Sets up the SDK for a worker's process: its logger, and metrics where there is an address for them.
 * @throws Error that says what to do where the address cannot be used
 */
export async function installRuntime(metricsAddress: Address | undefined): Promise<void> {
  try {
    const bindAddress = metricsAddress && (await resolveAddress(metricsAddress));
    Runtime.install({
      logger: createLogger(),
      shutdownSignals: [],
      telemetryOptions: {
        logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } },
        ...(bindAddress === undefined ? {} : { metrics: { prometheus: { bindAddress } } }),
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (metricsAddress === undefined) throw error;
    throw new Error(
      `worker.metricsAddress ${addressText(metricsAddress)} cannot be used (${reason}). Choose a free address, or remove the setting.`,
    );
  }
}
