import { Runtime } from '@temporalio/worker';
import type { DestinationName, OnResponse } from '../domain/destination-port.ts';

/** Counts a connection's requests on the SDK's own Prometheus endpoint; see docs/configuration.md. */
export function createRequestMetrics({ destination, connection }: DestinationName): OnResponse {
  const meter = Runtime.instance().metricMeter.withTags({ destination, connection });
  const requests = meter.createCounter(
    'cohort_export_requests',
    'requests',
    'Requests to the destination by the status of the response, or "none"',
  );
  const duration = meter.createHistogram(
    'cohort_export_request_duration',
    'int',
    'ms',
    'Time from sending a request to its response',
  );
  return (status, durationMs) => {
    requests.add(1, { status: status === null ? 'none' : String(status) });
    duration.record(Math.round(durationMs));
  };
}
