import {
  ActivityCancellationType,
  CancellationScope,
  isCancellation,
  log,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { shortSummary } from '../domain/short-summary.ts';
import { ACTIVITY_TABLE } from './activity-table.ts';
import { failureTypeOf } from './export-failure.ts';

/** Runs an activity as the table says; `summary` labels it in the Web UI. */
export function runActivity<K extends keyof Activities>(
  name: K,
  summary: string,
  input: Parameters<Activities[K]>[0],
): ReturnType<Activities[K]> {
  const { unfinished: _, ...facts } = ACTIVITY_TABLE[name];
  // The next export of the cohort may only start when no request of this one is in flight.
  const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;
  const options = { ...facts, summary: shortSummary(summary), cancellationType };
  const proxies: Record<string, unknown> =
    'local' in facts
      ? proxyLocalActivities<Activities>(options)
      : proxyActivities<Activities>(options);
  const proxy = proxies[name] as (input: unknown) => ReturnType<Activities[K]>;
  return proxy(input);
}

/**
 * Work that must not change how a run ends, and that a cancel does not stop: a failure is logged.
 * Resolves to its result, or `null` if it failed.
 * @param consequence what follows from a failure, in the log
 */
export async function bestEffort<T>(
  consequence: string,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await CancellationScope.nonCancellable(work);
  } catch (error) {
    if (isCancellation(error)) return null;
    log.warn(consequence, { failure: failureTypeOf(error) });
    return null;
  }
}
