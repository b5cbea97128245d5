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
import type { ExportEnd } from '../activities/watch-export.ts';
import {
  type CohortOfConnection,
  JOIN_SIGNAL,
  LEAVE_SIGNAL,
  type Newcomer,
  type QueuedRun,
  TURN_SIGNAL,
  type Turn,
} from '../domain/cohort-lock.ts';
import { call } from './run-activity.ts';

/** Most exports are over by then, or leave by themselves: only later is it looked after. */
const WATCH_AFTER = '5s';
/**
 * Activities of a terminated export go on until a heartbeat, one a second, is refused; the request in
 * flight is then aborted.
 */
const SETTLE_AFTER_ABRUPT_END = '10s';
/** A long line is not told at each turn: those further behind join again every 5 min, and are told. */
const TOLD_OF_EACH_TURN = 10;

const join = defineSignal<[Newcomer]>(JOIN_SIGNAL);
export const leave = defineSignal<[string]>(LEAVE_SIGNAL);
export const turn = defineSignal<[Turn]>(TURN_SIGNAL);

export interface CohortQueueInput {
  readonly cohort: CohortOfConnection;
  /** Who waited when the queue continued as new. */
  readonly line: readonly QueuedRun[];
  /** Set when the queue continued as new: the first of the line has the turn. */
  readonly inTurn?: boolean;
}

/**
 * The line of exports of one cohort: gives each its turn, in the order in which they came, and waits
 * until it is over, however it ends. Ends itself when nobody waits; a cancel does not end it.
 */
export async function cohortQueue(input: CohortQueueInput): Promise<void> {
  await CancellationScope.nonCancellable(() => serveLine(input));
}

async function serveLine(input: CohortQueueInput): Promise<void> {
  const { cohort } = input;
  const line = [...input.line];
  let inTurn = input.inTurn ?? false;
  let hasLeft = false;
  let isOver = false;
  const show = () => setCurrentDetails(describeLine(cohort, line));

  setHandler(join, async ({ continues, ...newcomer }) => {
    // Once the end is known, whatever says that it goes on comes from a reset, and waits.
    const goesOn = !isOver && line[0] !== undefined && line[0].runId === continues;
    if (goesOn) line[0] = newcomer;
    else if (placeOf(line, newcomer.runId) === -1) line.push(newcomer);
    const ahead = placeOf(line, newcomer.runId);
    show();
    // Whoever comes first is told by the loop below.
    if (ahead > 0 || goesOn || inTurn) await tellTurn(newcomer, ahead, line);
  });
  setHandler(leave, (runId) => {
    const place = placeOf(line, runId);
    if (place === 0) hasLeft = true;
    if (place > 0) line.splice(place, 1);
    show();
  });

  // The first of the line is the run whose turn it is.
  for (;;) {
    const first = line[0];
    if (first === undefined) return;
    show();
    if (!inTurn) {
      const near = line.slice(0, TOLD_OF_EACH_TURN);
      const [isThere] = await Promise.all(near.map((run, ahead) => tellTurn(run, ahead, line)));
      if (!isThere) {
        // It ended while it waited, so nothing of it is in flight.
        line.shift();
        hasLeft = false;
        continue;
      }
      inTurn = true;
    }
    const holder = line[0] ?? first;
    const pause = () => hasLeft || line[0] !== holder || workflowInfo().continueAsNewSuggested;
    const end = await untilOver(holder, pause);
    if (line[0] !== holder) continue;
    if (end === null && !hasLeft) {
      await condition(allHandlersFinished);
      if (!hasLeft) await continueAsNew<typeof cohortQueue>({ cohort, line, inTurn });
    }
    isOver = true;
    if (end?.abrupt && !hasLeft) await settle(holder);
    line.shift();
    inTurn = hasLeft = isOver = false;
  }
}

function placeOf(line: readonly QueuedRun[], runId: string): number {
  return line.findIndex((queued) => queued.runId === runId);
}

/** False where the run is over. */
async function tellTurn(
  { workflowId, runId }: QueuedRun,
  ahead: number,
  line: readonly QueuedRun[],
): Promise<boolean> {
  try {
    const current = line[0]?.workflowId ?? workflowId;
    await getExternalWorkflowHandle(workflowId, runId).signal(turn, { runId, ahead, current });
    return true;
  } catch {
    return false;
  }
}

/** How the holder ended; null where `pause` came first. */
async function untilOver(holder: QueuedRun, pause: () => boolean): Promise<ExportEnd | null> {
  if (await condition(pause, WATCH_AFTER)) return null;
  const watching = new CancellationScope();
  const end = watching
    .run(() => call('watchExport', `until ${holder.workflowId} is over`, holder))
    .catch(() => null);
  await Promise.race([condition(pause), end]);
  watching.cancel();
  return await end;
}

/** After an end without a word: waits until nothing of it is in flight, and removes what it staged. */
async function settle(gone: QueuedRun): Promise<void> {
  await sleep(SETTLE_AFTER_ABRUPT_END);
  try {
    await call('cleanUp', `staged rows of ${gone.workflowId}`, gone.exportRunId);
  } catch {
    log.warn('the staged rows were not removed; the sweep of a worker will do it');
  }
}

function describeLine(cohort: CohortOfConnection, line: readonly QueuedRun[]): string {
  const [current, ...waiting] = line.map(({ workflowId }) => `\`${workflowId}\``);
  const rest = waiting.length === 0 ? 'Nobody waits.' : `Waiting, in order: ${waiting.join(', ')}.`;
  return `Cohort \`${cohort.cohortId}\` on \`${cohort.connection}\`. Its turn: ${current}. ${rest}`;
}
