import type { History } from '@temporalio/common/lib/proto-utils.js';
import { startExporter } from './exporter.ts';

const IDENTIFIERS = 1_000_000;
const THREADS = 10;
const LATENCY_MS = 150;

/** How much of `threads × 1000 ÷ latency` is reached from the first chunk to the last. */
export async function measureLaneUse(): Promise<number> {
  await using exporter = await startExporter(LATENCY_MS);
  const handle = await exporter.start({
    source: {
      type: 'duckdb',
      query: `SELECT 'user-' || i AS user_ids FROM range(${IDENTIFIERS}) t(i)`,
    },
    cohortId: 'lanes',
    operation: 'APPEND',
    threadCount: THREADS,
  });
  await handle.result();
  const seconds = sendingSeconds(await handle.fetchHistory());
  const ideal = IDENTIFIERS / ((THREADS * 1_000) / (LATENCY_MS / 1_000));
  return ideal / seconds;
}

function sendingSeconds({ events }: History): number {
  const time = (event: NonNullable<typeof events>[number] | undefined) =>
    Number(event?.eventTime?.seconds ?? 0) + Number(event?.eventTime?.nanos ?? 0) / 1e9;
  const chunks = (events ?? []).filter(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'sendChunk',
  );
  const ids = new Set(chunks.map((event) => String(event.eventId)));
  const ends = (events ?? []).filter((event) =>
    ids.has(String(event.activityTaskCompletedEventAttributes?.scheduledEventId)),
  );
  return time(ends.at(-1)) - time(chunks[0]);
}
