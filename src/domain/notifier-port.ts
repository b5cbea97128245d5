import type { RunEvent } from './run-events.ts';

/** Notifies people of how runs ended. */
export interface Notifier extends AsyncDisposable {
  /** The share of rejected rows, 0 to 1, above which people are notified of a run. */
  readonly degradedAbove: number;
  /** `at` is ISO 8601, UTC. @throws an error that says whether to retry */
  send(event: RunEvent, at: string, signal: AbortSignal): Promise<void>;
}
