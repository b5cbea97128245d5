import { Runtime } from '@temporalio/worker';
import type { OnResponse } from '../destinations/braze/braze.ts';

/** Counts a connection's requests on the SDK's own Prometheus endpoint; see docs/operations.md. */
export function createRequestMetrics(connection: string): OnResponse {
  const meter = Runtime.instance().metricMeter.withTags({ connection });
  const requests = meter.createCounter(
    'cohort_export_requests',
    'requests',
    'Requests to Braze by the status of the answer, or "none"',
  );
  const duration = meter.createHistogram(
    'cohort_export_request_duration',
    'int',
    'ms',
    'Time from sending a request to its answer',
  );
  return (status, durationMs) => {
    requests.add(1, { status: status === null ? 'none' : String(status) });
    duration.record(Math.round(durationMs));
  };
}
