import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type CohortOfConnection,
  JOIN_SIGNAL,
  LEAVE_SIGNAL,
  type QueuedExport,
  TURN_SIGNAL,
  type Turn,
} from '../domain/cohort-queue.ts';
import { call } from './activities.ts';

/** Most exports are over by then, or leave by themselves: only later is it looked after. */
const WATCH_AFTER = '5s';
/**
 * Activities of a terminated export go on until a heartbeat, one a second, is refused; the request in
 * flight is then aborted.
 */
const SETTLE_AFTER_ABRUPT_END = '10s';

const join = defineSignal<[QueuedExport]>(JOIN_SIGNAL);
export const leave = defineSignal<[string]>(LEAVE_SIGNAL);
export const turn = defineSignal<[Turn]>(TURN_SIGNAL);

export interface CohortQueueInput {
  readonly cohort: CohortOfConnection;
  /** Who waited when the queue continued as new. */
  readonly line: readonly QueuedExport[];
}

/**
 * The line of exports of one cohort: gives each its turn, in the order in which they came, and waits
 * until it is over, however it ends. Ends itself when nobody waits.
 */
export async function cohortQueue({ cohort, line: waiting }: CohortQueueInput): Promise<void> {
  const line = [...waiting];
  const left = new Set<string>();

  setHandler(join, async (newcomer) => {
    const place = line.findIndex((queued) => queued.exportRunId === newcomer.exportRunId);
    if (place === -1) line.push(newcomer);
    const ahead = place === -1 ? line.length - 1 : place;
    // Whoever comes first is told by the loop below.
    if (place !== -1 || ahead > 0) await tellTurn(newcomer, ahead, line);
  });
  setHandler(leave, (exportRunId) => {
    left.add(exportRunId);
    const place = line.findIndex((queued) => queued.exportRunId === exportRunId);
    if (place > 0) line.splice(place, 1);
  });

  // The first of the line is the export whose turn it is.
  for (;;) {
    const current = line[0];
    if (current === undefined) return;
    setCurrentDetails(describeLine(cohort, line));
    const answers = await Promise.all(line.map((queued, ahead) => tellTurn(queued, ahead, line)));
    if (answers[0]) await untilOver(current, left);
    line.splice(line.indexOf(current), 1);
    left.delete(current.exportRunId);
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof cohortQueue>({ cohort, line });
    }
  }
}

/** False where the export is not running any more. */
async function tellTurn(
  { workflowId, exportRunId }: QueuedExport,
  ahead: number,
  line: readonly QueuedExport[],
): Promise<boolean> {
  try {
    const current = line[0]?.workflowId ?? workflowId;
    await getExternalWorkflowHandle(workflowId).signal(turn, { exportRunId, ahead, current });
    return true;
  } catch {
    return false;
  }
}

async function untilOver(current: QueuedExport, left: ReadonlySet<string>): Promise<void> {
  const hasLeft = () => left.has(current.exportRunId);
  if (await condition(hasLeft, WATCH_AFTER)) return;
  const watching = new CancellationScope();
  const end = watching.run(() =>
    call('watchExport', `until ${current.workflowId} is over`, current),
  );
  const abrupt = await Promise.race([
    condition(hasLeft).then(() => false),
    end.then((ended) => ended.abrupt),
  ]);
  watching.cancel();
  await end.catch(() => undefined);
  if (!abrupt) return;
  await sleep(SETTLE_AFTER_ABRUPT_END);
  await call('cleanUp', `staged rows of ${current.workflowId}`, current.exportRunId);
}

function describeLine(cohort: CohortOfConnection, line: readonly QueuedExport[]): string {
  const [current, ...waiting] = line.map(({ workflowId }) => `\`${workflowId}\``);
  const rest = waiting.length === 0 ? 'Nobody waits.' : `Waiting, in order: ${waiting.join(', ')}.`;
  return `Cohort \`${cohort.cohortId}\` on \`${cohort.connection}\`. Its turn: ${current}. ${rest}`;
}
