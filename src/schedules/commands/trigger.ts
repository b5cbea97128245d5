import { setTimeout as delay } from 'node:timers/promises';
import type { ScheduleDescription } from '@temporalio/client';
import type { CommandLine, Place } from '../../command-line/command.ts';
import { CommandError, type Output } from '../../command-line/output.ts';
import { shellWord } from '../../command-line/text.ts';
import { bufferSize, describeExports } from '../temporal/find-schedule.ts';
import { warnOfNoWorker } from '../temporal/task-queue-pollers.ts';
import { withTemporal } from '../temporal/with-temporal.ts';

const KNOWN_WITHIN_MS = 10_000;
const POLL_MS = 100;

type Outcome =
  | { readonly result: 'started'; readonly workflowId: string; readonly runId: string }
  | { readonly result: 'skipped' | 'buffered' };

export async function run({ operand }: CommandLine, output: Output, place: Place): Promise<void> {
  await withTemporal(place, async (temporal) => {
    const before = await describeExports(temporal, operand);
    await warnOfNoWorker(temporal, before.action.taskQueue, output);
    const handle = temporal.client.schedule.getHandle(operand);
    // The SDK's own default is to let runs overlap.
    await handle.trigger(before.policies.overlap);
    const deadline = Date.now() + KNOWN_WITHIN_MS;
    let after = await handle.describe();
    while (outcomeOf(before, after) === null && Date.now() < deadline) {
      await delay(POLL_MS);
      after = await handle.describe();
    }
    print(before, after, output);
  });
}

/** The outcome of a trigger, from the schedule before and after it; `null` if it is not known yet. */
function outcomeOf(before: ScheduleDescription, after: ScheduleDescription): Outcome | null {
  const known = new Set(before.info.recentActions.map(runIdOf));
  const started = after.info.recentActions.filter((action) => !known.has(runIdOf(action)));
  // A scheduled run may start just then: its time is a whole minute, a trigger's is that of the call.
  const own = started.find(({ scheduledAt }) => scheduledAt.getTime() % 60_000 !== 0);
  if (own !== undefined) {
    const { workflowId, firstExecutionRunId } = own.action.workflow;
    return { result: 'started', workflowId, runId: firstExecutionRunId };
  }
  const { numActionsSkippedOverlap: skipped } = before.info;
  if (after.info.numActionsSkippedOverlap > skipped) return { result: 'skipped' };
  return bufferSize(after) > bufferSize(before) ? { result: 'buffered' } : null;
}

function print(before: ScheduleDescription, after: ScheduleDescription, output: Output): void {
  const { scheduleId } = before;
  const outcome = outcomeOf(before, after);
  if (outcome === null) {
    throw new CommandError(
      1,
      `Temporal accepted the trigger of ${scheduleId}, but did not report the outcome within ${KNOWN_WITHIN_MS / 1_000} s. To see it: npm run schedule -- describe ${shellWord(scheduleId)}`,
    );
  }
  const running = after.info.runningActions.map(({ workflow }) => workflow.workflowId);
  const during = running.length === 0 ? 'another run' : running.join(', ');
  if (outcome.result === 'started') {
    output.line(`Started ${outcome.workflowId}.`);
    if (before.state.paused) output.line('The schedule itself is paused and stays paused.');
  } else if (outcome.result === 'buffered') {
    output.line(`Queued: ${during} is still running, and this run starts after it.`);
  } else if (before.policies.overlap === 'BUFFER_ONE') {
    output.line(
      `Skipped by overlap: ${during} is still running, and one run is already queued behind it.`,
    );
  } else {
    output.line(`Skipped by overlap: ${during} is still running, so nothing was started.`);
  }
  output.document({ scheduleId, ...outcome, running });
}

function runIdOf({ action }: ScheduleDescription['info']['recentActions'][number]): string {
  return action.workflow.firstExecutionRunId;
}
