import { setTimeout as delay } from 'node:timers/promises';
import type { ScheduleDescription } from '@temporalio/client';
import type { CommandLine } from '../../command-line/command.ts';
import { CommandError, type Output } from '../../command-line/output.ts';
import { bufferSize, describeExports } from './temporal-schedule.ts';
import { withTemporal } from './with-temporal.ts';

const KNOWN_WITHIN_MS = 10_000;
const POLL_MS = 100;

type Outcome =
  | { readonly result: 'started'; readonly workflowId: string; readonly runId: string }
  | { readonly result: 'skipped' | 'buffered' };

export async function run({ operand }: CommandLine, output: Output): Promise<void> {
  await withTemporal(async (temporal) => {
    const before = await describeExports(temporal, operand);
    const handle = temporal.client.schedule.getHandle(operand);
    // The SDK's own default is to let runs overlap.
    await handle.trigger(before.policies.overlap);
    const deadline = Date.now() + KNOWN_WITHIN_MS;
    let after = await handle.describe();
    while (outcomeOf(before, after) === null && Date.now() < deadline) {
      await delay(POLL_MS);
      after = await handle.describe();
    }
    tell(before, after, output);
  });
}

/** What became of a trigger between two looks, `null` while nothing has. */
export function outcomeOf(before: ScheduleDescription, after: ScheduleDescription): Outcome | null {
  const known = new Set(before.info.recentActions.map(runIdOf));
  const started = after.info.recentActions.filter((action) => !known.has(runIdOf(action)));
  // A tick may come just then: its time is a whole minute, and a trigger's is that of the call.
  const own = started.find(({ scheduledAt }) => scheduledAt.getTime() % 60_000 !== 0);
  if (own !== undefined) {
    const { workflowId, firstExecutionRunId } = own.action.workflow;
    return { result: 'started', workflowId, runId: firstExecutionRunId };
  }
  const { numActionsSkippedOverlap: skipped } = before.info;
  if (after.info.numActionsSkippedOverlap > skipped) return { result: 'skipped' };
  return bufferSize(after) > bufferSize(before) ? { result: 'buffered' } : null;
}

function tell(before: ScheduleDescription, after: ScheduleDescription, output: Output): void {
  const { scheduleId } = before;
  const outcome = outcomeOf(before, after);
  if (outcome === null) {
    throw new CommandError(
      1,
      `Temporal has taken the trigger of ${scheduleId}, but did not say within ${KNOWN_WITHIN_MS / 1_000} s what became of it. npm run schedule -- describe shows it.`,
    );
  }
  const running = after.info.runningActions.map(({ workflow }) => workflow.workflowId);
  const during = running.length === 0 ? 'another run' : running.join(', ');
  if (outcome.result === 'started') {
    output.line(`Started ${outcome.workflowId}.`);
    if (before.state.paused) output.line('The schedule itself is paused and stays so.');
  } else if (outcome.result === 'buffered') {
    output.line(`Buffered: ${during} is still running, and this run starts after it.`);
  } else if (before.policies.overlap === 'BUFFER_ONE') {
    output.line(
      `Skipped by overlap: ${during} is still running, and one run waits for its end already.`,
    );
  } else {
    output.line(`Skipped by overlap: ${during} is still running, so nothing was started.`);
  }
  output.document({ scheduleId, ...outcome, running });
}

function runIdOf({ action }: ScheduleDescription['info']['recentActions'][number]): string {
  return action.workflow.firstExecutionRunId;
}
