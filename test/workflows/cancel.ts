import assert from 'node:assert/strict';
import type { WorkflowHandle } from '@temporalio/client';
import { eventually } from './eventually.ts';
import type { SandboxControl } from './sandbox-control.ts';

/** Of Temporal's `PendingActivityState`. */
const CANCEL_REQUESTED = 3;

interface Lane {
  readonly isCancelRequested: boolean;
  readonly lastHeartbeat: number;
}

async function lanesOf(handle: WorkflowHandle): Promise<Map<string, Lane>> {
  const { raw } = await handle.describe();
  const sending = (raw.pendingActivities ?? []).filter(
    ({ activityType }) => activityType?.name === 'sendChunk',
  );
  return new Map(
    sending.map(({ activityId, state, lastHeartbeatTime }) => {
      const { seconds = 0, nanos = 0 } = lastHeartbeatTime ?? {};
      const lastHeartbeat = Number(seconds) + Number(nanos) / 1e9;
      return [activityId ?? '', { isCancelRequested: state === CANCEL_REQUESTED, lastHeartbeat }];
    }),
  );
}

/** Cancels an export that sends, and waits until all its lanes know of it. */
export async function cancelInLanes(handle: WorkflowHandle): Promise<void> {
  const { size } = await lanesOf(handle);
  await handle.cancel();
  await untilLanesKnow(handle, size);
}

/** Waits until the workers of so many lanes, and of no others, know that these are to end. */
export async function untilLanesKnow(handle: WorkflowHandle, size: number): Promise<void> {
  await eventually(async () => {
    const lanes = await lanesOf(handle);
    assert.equal(lanes.size, size);
    for (const lane of lanes.values()) assert(lane.isCancelRequested);
  });
  // The response to a heartbeat tells of the cancel, and only after it comes the next heartbeat.
  for (let heartbeats = 0; heartbeats < 2; heartbeats += 1) {
    const before = await lanesOf(handle);
    await eventually(async () => {
      const lanes = await lanesOf(handle);
      assert.equal(lanes.size, size);
      for (const [id, lane] of lanes) {
        assert(lane.lastHeartbeat > (before.get(id)?.lastHeartbeat ?? Number.POSITIVE_INFINITY));
      }
    });
  }
}

/** Cancels an export whose requests hang, which get their responses then. */
export async function cancelHanging(
  control: SandboxControl,
  handle: WorkflowHandle,
  cohortId: string,
): Promise<void> {
  await cancelInLanes(handle);
  await control.answerHanging(cohortId);
  await assert.rejects(handle.result(), { message: /cancelled/ });
}
