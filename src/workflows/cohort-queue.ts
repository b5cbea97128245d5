import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  getExternalWorkflowHandle,
  log,
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
  /** Set when the queue continued as new: the first of the line has had its turn since. */
  readonly inTurn?: boolean;
}

/**
 * The line of exports of one cohort: gives each its turn, in the order in which they came, and waits
 * until it is over, however it ends. Ends itself when nobody waits; a cancel does not end it.
 */
export async function cohortQueue(input: CohortQueueInput): Promise<void> {
  await CancellationScope.nonCancellable(() => serveLine(input));
}

async function serveLine({
  cohort,
  line: waiting,
  inTurn = false,
}: CohortQueueInput): Promise<void> {
  const line = [...waiting];
  let hasLeft = false;
  let wasTold = inTurn;

  setHandler(join, async (newcomer) => {
    const place = line.findIndex((queued) => queued.exportRunId === newcomer.exportRunId);
    if (place === -1) line.push(newcomer);
    const ahead = place === -1 ? line.length - 1 : place;
    // Whoever comes first is told by the loop below.
    if (place !== -1 || ahead > 0) await tellTurn(newcomer, ahead, line);
  });
  setHandler(leave, (exportRunId) => {
    const place = line.findIndex((queued) => queued.exportRunId === exportRunId);
    if (place === 0) hasLeft = true;
    if (place > 0) line.splice(place, 1);
  });

  // The first of the line is the export whose turn it is.
  for (;;) {
    const current = line[0];
    if (current === undefined) return;
    setCurrentDetails(describeLine(cohort, line));
    const answers = await Promise.all(line.map((queued, ahead) => tellTurn(queued, ahead, line)));
    if (answers[0]) {
      const isOver = await untilOver(current, () => hasLeft);
      if (!isOver) {
        await condition(allHandlersFinished);
        if (!hasLeft) await continueAsNew<typeof cohortQueue>({ cohort, line, inTurn: true });
      }
    } else if (wasTold && !hasLeft) await settle(current);
    line.splice(line.indexOf(current), 1);
    hasLeft = false;
    wasTold = false;
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

/** False where the queue's own history has grown so long that it must continue as new first. */
async function untilOver(current: QueuedExport, hasLeft: () => boolean): Promise<boolean> {
  const isOver = () => hasLeft() || workflowInfo().continueAsNewSuggested;
  if (await condition(isOver, WATCH_AFTER)) return hasLeft();
  const watching = new CancellationScope();
  const end = watching.run(() =>
    call('watchExport', `until ${current.workflowId} is over`, current),
  );
  const abrupt = await Promise.race([
    condition(isOver).then(() => false),
    end.then((ended) => ended.abrupt),
  ]);
  watching.cancel();
  const ended = await end.catch(() => null);
  if (!abrupt) return hasLeft() || ended !== null;
  await settle(current);
  return true;
}

/** After an end without a word: waits until nothing of it is in flight, and removes what it staged. */
async function settle(gone: QueuedExport): Promise<void> {
  await sleep(SETTLE_AFTER_ABRUPT_END);
  try {
    await call('cleanUp', `staged rows of ${gone.workflowId}`, gone.exportRunId);
  } catch {
    log.warn('the staged rows were not removed; the sweep of a worker will do it');
  }
}

function describeLine(cohort: CohortOfConnection, line: readonly QueuedExport[]): string {
  const [current, ...waiting] = line.map(({ workflowId }) => `\`${workflowId}\``);
  const rest = waiting.length === 0 ? 'Nobody waits.' : `Waiting, in order: ${waiting.join(', ')}.`;
  return `Cohort \`${cohort.cohortId}\` on \`${cohort.connection}\`. Its turn: ${current}. ${rest}`;
}
