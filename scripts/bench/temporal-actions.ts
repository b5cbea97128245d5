import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import type { Exporter } from './exporter.ts';
import { waitFor } from './wait.ts';

type Event = NonNullable<History['events']>[number];

const LOOK_EVERY_MS = 200;
const NAMESPACE = 'default';
const HEARTBEAT = 'grpc_RecordActivityTaskHeartbeat';

/** Actions so far that Temporal Cloud would bill: https://docs.temporal.io/cloud/actions */
export interface Actions {
  /** By kind, from the histories of all workflows; heartbeats from the server's metrics. */
  readonly counted: Readonly<Record<string, number>>;
  /** As the server itself counts them, by its own names. */
  readonly byServer: Readonly<Record<string, number>>;
}

export async function countActions(exporter: Exporter): Promise<Actions> {
  const byServer = await serverActions(exporter);
  const counted: Record<string, number> = { heartbeats: byServer[HEARTBEAT] ?? 0 };
  const add = (kind: string, count = 1) => {
    counted[kind] = (counted[kind] ?? 0) + count;
  };
  for await (const execution of exporter.client.workflow.list()) {
    await countWorkflow(exporter, execution, add);
  }
  return { counted, byServer };
}

/** What was added from one count to the next. */
export function actionsBetween(before: Actions, after: Actions): Actions {
  return {
    counted: difference(before.counted, after.counted),
    byServer: difference(before.byServer, after.byServer),
  };
}

export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** A helper workflow may outlive its export by a moment. */
export async function untilAllWorkflowsEnd({ client }: Exporter): Promise<void> {
  await waitFor('the end of all workflows', LOOK_EVERY_MS, async () => {
    const { count } = await client.workflow.count("ExecutionStatus = 'Running'");
    return count === 0 ? true : null;
  });
}

async function countWorkflow(
  { client }: Exporter,
  { workflowId, runId }: WorkflowExecutionInfo,
  add: (kind: string, count?: number) => void,
): Promise<void> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { raw } = await handle.describe();
  // A retry leaves no event before the end of its activity.
  for (const { attempt } of raw.pendingActivities ?? []) add('retries', (attempt ?? 1) - 1);
  const { events } = await handle.fetchHistory();
  countEvents(events ?? [], add);
}

/** Local activities, side effects and versions are markers: one action for each task that has any. */
export function countEvents(
  events: readonly Event[],
  add: (kind: string, count?: number) => void,
): void {
  const tasksWithMarkers = new Set<string>();
  for (const event of events) {
    if (event.workflowExecutionStartedEventAttributes) add('workflow starts');
    if (event.workflowExecutionSignaledEventAttributes) add('signals');
    if (event.workflowExecutionUpdateAcceptedEventAttributes) add('updates');
    if (event.timerStartedEventAttributes) add('timers');
    if (event.activityTaskScheduledEventAttributes) add('activities');
    if (event.startChildWorkflowExecutionInitiatedEventAttributes) add('child workflows');
    if (event.upsertWorkflowSearchAttributesEventAttributes) add('search attributes');
    if (event.workflowPropertiesModifiedEventAttributes) add('memo updates');
    const { attempt } = event.activityTaskStartedEventAttributes ?? {};
    if (attempt) add('retries', attempt - 1);
    const marker = event.markerRecordedEventAttributes;
    if (marker) tasksWithMarkers.add(String(marker.workflowTaskCompletedEventId));
  }
  if (tasksWithMarkers.size > 0) add('tasks with local activities', tasksWithMarkers.size);
}

/** The server counts what Temporal Cloud bills in a metric of its own, `action`. */
async function serverActions({ metricsUrl }: Exporter): Promise<Record<string, number>> {
  const response = await fetch(metricsUrl);
  if (!response.ok) throw new Error(`Temporal's metrics answered ${response.status}`);
  return readActions(await response.text());
}

export function readActions(metrics: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, labels = '', value] of metrics.matchAll(/^action(?:_total)?\{([^}]*)\} (\S+)$/gm)) {
    // Temporal's own workflows are in a namespace of theirs.
    if (!labels.includes(`namespace="${NAMESPACE}"`)) continue;
    const kind = /action_type="([^"]+)"/.exec(labels)?.[1] ?? 'other';
    counts[kind] = (counts[kind] ?? 0) + Number(value);
  }
  return counts;
}

function difference(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  const changes = Object.entries(after).map(([kind, count]) => [kind, count - (before[kind] ?? 0)]);
  return Object.fromEntries(changes.filter(([, count]) => count !== 0));
}
