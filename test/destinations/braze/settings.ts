import type { Sandbox } from '../../../sandbox/server.ts';
import type { BrazeSettings } from '../../../src/destinations/braze/braze.ts';

export const NO_PROXY = { httpProxy: null, httpsProxy: null, noProxy: null };

/** A connection to a sandbox that gives up after a second. */
export function settingsFor(sandbox: Sandbox, changes: Partial<BrazeSettings> = {}): BrazeSettings {
  return {
    origin: sandbox.url,
    ...sandbox.braze,
    requestsPerHour: 250_000,
    giveUpAfterMs: 1_000,
    proxy: NO_PROXY,
    ...changes,
  };
}
