import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { RELEASE_SIGNAL } from '../../src/domain/cohort-lock-messages.ts';

const LOCAL_ACTIVITY_MARKER = 'core_local_activity';

type Event = NonNullable<History['events']>[number];

function decode<T>(payload: Payload | null | undefined): T | undefined {
  return payload ? defaultPayloadConverter.fromPayload<T>(payload) : undefined;
}

/** The names of the activities that were scheduled, in their order; local ones are markers. */
export function activitiesOf(history: History): string[] {
  return eventsOf(history).flatMap((event) => {
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name;
    return name ? [name] : [];
  });
}

/** How many activities of that name have completed. */
export function completedOf(history: History, activity: string): number {
  const events = eventsOf(history);
  const scheduled = events
    .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity)
    .map(({ eventId }) => String(eventId));
  return events.filter(({ activityTaskCompletedEventAttributes: completed }) =>
    scheduled.includes(String(completed?.scheduledEventId)),
  ).length;
}

/** The event that scheduled the first activity of that name. */
export function scheduledEvent(history: History, activity: string): Event | undefined {
  return eventsOf(history).find(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity,
  );
}

/** How an export released its lock: when, and how long it lets the lock wait. */
export interface Release {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly settleMs: number;
}

/** @throws Error where it did not do so once */
export function releaseIn(history: History): Release {
  const releases = eventsOf(history).flatMap((event) => {
    const signal = event.signalExternalWorkflowExecutionInitiatedEventAttributes;
    if (signal?.signalName !== RELEASE_SIGNAL) return [];
    return [
      { at: timeOf(event), settleMs: decode<number>(signal.input?.payloads?.[1]) ?? Number.NaN },
    ];
  });
  const [release, ...more] = releases;
  if (release === undefined || more.length > 0) throw new Error(`${releases.length} releases`);
  return release;
}

/** Milliseconds since the epoch. */
export function timeOf(event: Event | undefined): number {
  const { seconds, nanos } = event?.eventTime ?? {};
  return Number(seconds ?? Number.NaN) * 1_000 + (nanos ?? 0) / 1e6;
}

/** Its label in the Web UI. */
export function summaryOf({ userMetadata }: Event): string | undefined {
  return decode<string>(userMetadata?.summary);
}

export function localActivityOf({ markerRecordedEventAttributes: marker }: Event): string | null {
  if (marker?.markerName !== LOCAL_ACTIVITY_MARKER) return null;
  const data = decode<{ activity_type: string }>(marker.details?.data?.payloads?.[0]);
  return data?.activity_type ?? null;
}

export function eventsOf(history: History): readonly Event[] {
  return history.events ?? [];
}

/** What happened in a run, each as a few words: `activity stageRows`, `signal lockPosition`. */
export function factsOf(history: History): ReadonlySet<string> {
  const names = new Map<string, string>();
  return new Set(eventsOf(history).flatMap((event) => [...factsOfEvent(event, names)]));
}

/** @param names of activities, by the id of the event that scheduled them; added to */
function* factsOfEvent(event: Event, names: Map<string, string>): Generator<string> {
  const nameOf = (id: unknown) => names.get(String(id)) ?? '?';
  const {
    workflowExecutionStartedEventAttributes: started,
    workflowExecutionFailedEventAttributes: failed,
    workflowExecutionSignaledEventAttributes: signaled,
    workflowExecutionUpdateAcceptedEventAttributes: updated,
    workflowTaskFailedEventAttributes: taskFailed,
    signalExternalWorkflowExecutionInitiatedEventAttributes: signals,
    activityTaskScheduledEventAttributes: scheduled,
    activityTaskStartedEventAttributes: running,
    activityTaskFailedEventAttributes: activityFailed,
    activityTaskCanceledEventAttributes: activityCanceled,
  } = event;
  if (started) {
    yield `workflow ${started.workflowType?.name}`;
    if (started.continuedExecutionRunId) yield 'continues another run';
    for (const name of Object.keys(started.memo?.fields ?? {})) yield `memo ${name}`;
    for (const name of Object.keys(started.searchAttributes?.indexedFields ?? {})) {
      yield `search attribute ${name}`;
    }
  }
  if (failed) yield `failed with ${failed.failure?.applicationFailureInfo?.type}`;
  if (event.workflowExecutionCompletedEventAttributes) yield 'completed';
  if (event.workflowExecutionCanceledEventAttributes) yield 'cancelled';
  if (event.workflowExecutionContinuedAsNewEventAttributes) yield 'continued as new';
  if (event.workflowExecutionCancelRequestedEventAttributes) yield 'cancel requested';
  if (event.timerFiredEventAttributes) yield 'timer fired';
  if (event.upsertWorkflowSearchAttributesEventAttributes) yield 'sets search attributes';
  if (event.workflowPropertiesModifiedEventAttributes) yield 'changes its memo';
  if (taskFailed?.newRunId) yield 'reset';
  if (updated) yield `update ${updated.acceptedRequest?.input?.name}`;
  if (signals) yield `signals ${signals.signalName}`;
  if (signaled) yield* factsOfSignal(signaled.signalName, signaled.input?.payloads?.[0]);
  const local = localActivityOf(event);
  if (local !== null) yield `local activity ${local}`;
  if (scheduled) {
    const name = scheduled.activityType?.name ?? '?';
    names.set(String(event.eventId), name);
    yield `activity ${name}`;
  }
  if (running && (running.attempt ?? 1) > 1) {
    yield `${nameOf(running.scheduledEventId)} again`;
    const isLost = running.lastFailure?.timeoutFailureInfo;
    if (isLost) yield `${nameOf(running.scheduledEventId)} again after a lost worker`;
    const type = running.lastFailure?.applicationFailureInfo?.type;
    if (type) yield `${nameOf(running.scheduledEventId)} again after ${type}`;
  }
  if (activityFailed) yield `${nameOf(activityFailed.scheduledEventId)} failed`;
  if (activityCanceled) yield `${nameOf(activityCanceled.scheduledEventId)} cancelled`;
}

function* factsOfSignal(name: unknown, payload: Payload | undefined): Generator<string> {
  yield `signal ${name}`;
  const { position } = (decode(payload) ?? {}) as { position?: number };
  if (position !== undefined) yield position === 0 ? 'holds the lock' : 'waits for the lock';
}
