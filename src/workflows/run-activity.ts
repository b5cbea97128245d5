import {
  ActivityCancellationType,
  type ActivityOptions,
  proxyActivities,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { ACTIVITY_OPTIONS } from './activity-options.ts';

/** An activity with its options; `summary` labels it in the Web UI. */
export function call<K extends keyof Activities>(
  name: K,
  summary: string,
  ...args: Parameters<Activities[K]>
): ReturnType<Activities[K]> {
  const options: ActivityOptions = {
    ...ACTIVITY_OPTIONS[name],
    summary,
    // The next export of the cohort may only start when no request of this one is in flight.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  };
  const proxies: Record<string, unknown> = proxyActivities<Activities>(options);
  const proxy = proxies[name] as (...args: unknown[]) => ReturnType<Activities[K]>;
  return proxy(...args);
}
