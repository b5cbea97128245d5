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
  ACQUIRE_SIGNAL,
  type CohortKey,
  type ExportRun,
  type LockPosition,
  type LockRequest,
  POSITION_SIGNAL,
  RELEASE_SIGNAL,
  type RunEnd,
} from '../domain/cohort-lock-messages.ts';
import { shortSummary } from '../domain/short-summary.ts';
import { UNKNOWN_SETTLE_MS } from '../domain/unanswered-requests.ts';
import { bestEffort, runActivity } from './run-activity.ts';

/** Most exports are over by then, or release by themselves: only later is the holder watched. */
const WATCH_AFTER = '5s';
/** While nobody waits, a holder that ended abruptly is noticed after this long. */
const LOOK_EVERY = '10m';
/** In a long line only these are sent each change of their position; the others ask every 5 min. */
const TOLD_THEIR_POSITION = 10;

const acquire = defineSignal<[LockRequest]>(ACQUIRE_SIGNAL);
export const releaseLock = defineSignal<[string, number]>(RELEASE_SIGNAL);
export const lockPosition = defineSignal<[LockPosition]>(POSITION_SIGNAL);

export interface CohortLockInput {
  readonly cohort: CohortKey;
  /** The holder, and those who wait, when the lock continued as new. */
  readonly line: readonly ExportRun[];
  /** Set when the lock continued as new: the first of the line holds it. */
  readonly isHeld?: boolean;
}

/**
 * The lock of one cohort: exports hold it one at a time, in the order in which they asked. It passes on
 * when the holder has ended, in whatever way, and no request of it can be applied any more. It ends
 * when nobody wants it; a cancel does not end it.
 */
export async function cohortLock(input: CohortLockInput): Promise<void> {
  await CancellationScope.nonCancellable(() => new Lock(input).serve());
}

class Lock {
  readonly #cohort: CohortKey;
  /** The first is the run that holds the lock, once it is held. */
  readonly #line: ExportRun[];
  /** The first of the line knows that it holds the lock. */
  #isHeld: boolean;
  /** The holder has released it. */
  #isReleased = false;
  /** When no request of the holder can be applied any more, in epoch milliseconds, once that is known. */
  #settlesAt = 0;
  /** The holder's end is known, and the lock is about to pass on. */
  #isPassing = false;
  /** What was staged by exports that could not remove it. */
  #cleaning: Promise<unknown> | null = null;

  constructor({ cohort, line, isHeld = false }: CohortLockInput) {
    this.#cohort = cohort;
    this.#line = [...line];
    this.#isHeld = isHeld;
    setHandler(acquire, (request) => this.#onAcquire(request));
    setHandler(releaseLock, (runId, settleMs) => this.#onRelease(runId, settleMs));
  }

  async serve(): Promise<void> {
    for (;;) {
      const [first] = this.#line;
      if (first === undefined) {
        if (this.#cleaning === null) return;
        await this.#cleanedUp();
        continue;
      }
      this.#show();
      if (!this.#isHeld && !(await this.#grant())) continue;
      await this.#serveHolder();
    }
  }

  async #onAcquire({ continues, ...run }: LockRequest): Promise<void> {
    const before = continues === undefined ? -1 : this.#positionOf(continues);
    // Once the end is known, a request to continue comes from a reset, and waits.
    const goesOn = before > 0 || (before === 0 && !this.#isPassing);
    if (goesOn) this.#line[before] = run;
    else if (this.#positionOf(run.runId) === -1) this.#line.push(run);
    const position = this.#positionOf(run.runId);
    this.#show();
    // `serve` sends the first in line its position.
    if (position > 0 || this.#isHeld) await this.#tell(run, position);
  }

  #onRelease(runId: string, settleMs: number): void {
    const position = this.#positionOf(runId);
    if (position === 0) {
      this.#isReleased = true;
      this.#settlesAt = Date.now() + settleMs;
    }
    if (position > 0) this.#line.splice(position, 1);
    this.#show();
  }

  /** Notifies the first in line that it holds the lock, and others of their position; false to look again. */
  async #grant(): Promise<boolean> {
    const near = this.#line.slice(0, TOLD_THEIR_POSITION);
    const [first] = near as [ExportRun];
    const [isThere] = await Promise.all(near.map((run, position) => this.#tell(run, position)));
    if (this.#line[0] !== first) return false;
    if (isThere) {
      this.#isHeld = true;
      return true;
    }
    // It ended while it waited, or has continued as new and is about to take over its place.
    const isChanged = () => this.#isReleased || this.#line[0] !== first;
    const end = await watch(first, () => isChanged() || workflowInfo().continueAsNewSuggested);
    if (end !== null || this.#isReleased) {
      // It has never held the lock, so nothing of it is in flight.
      if (this.#line[0] === first) this.#line.shift();
      this.#isReleased = false;
    } else if (!isChanged() && workflowInfo().continueAsNewSuggested) {
      await this.#quiet();
      if (!isChanged()) await this.#continueAsNew();
    }
    return false;
  }

  /** Returns when the holder is another run, or is over. */
  async #serveHolder(): Promise<void> {
    const holder = this.#line[0] as ExportRun;
    const isChanged = () => this.#isReleased || this.#line[0] !== holder;
    const end = await this.#untilOver(holder, isChanged);
    if (this.#line[0] !== holder) return;
    if (end === null && !this.#isReleased) {
      await this.#quiet();
      if (!this.#isReleased && this.#line[0] === holder) await this.#continueAsNew();
      if (!this.#isReleased) return;
    }
    this.#isPassing = true;
    const isAbrupt = end?.abrupt === true && !this.#isReleased;
    if (isAbrupt) this.#settlesAt = Date.now() + UNKNOWN_SETTLE_MS;
    await this.#settle();
    // Those that wait need not wait for it.
    if (isAbrupt) this.#cleaning = Promise.all([this.#cleaning, cleanUp(holder)]);
    this.#line.shift();
    this.#isHeld = this.#isReleased = this.#isPassing = false;
  }

  /** Waits, visibly, until no request of the holder can be applied any more. */
  async #settle(): Promise<void> {
    const waitMs = this.#settlesAt - Date.now();
    if (waitMs > 0) {
      this.#show();
      const near = this.#line.slice(1, TOLD_THEIR_POSITION);
      const told = near.map((run, index) => this.#tell(run, index + 1));
      const summary = 'until no request of the last export can be applied';
      await Promise.all([sleep(waitMs, { summary }), ...told]);
    }
    this.#settlesAt = 0;
  }

  /** How the holder ended; null where it released the lock first, or this run should continue as new. */
  async #untilOver(holder: ExportRun, isChanged: () => boolean): Promise<RunEnd | null> {
    const isInterrupted = () => isChanged() || workflowInfo().continueAsNewSuggested;
    const summary = shortSummary(`held by ${holder.workflowId}`);
    if (await condition(isInterrupted, WATCH_AFTER, { summary })) return null;
    for (;;) {
      const someoneWaits = () => this.#line.length > 1;
      const end = someoneWaits()
        ? await watch(holder, isInterrupted)
        : (await condition(() => isInterrupted() || someoneWaits(), LOOK_EVERY, { summary }))
          ? null
          : await runActivity(
              'watchHolder',
              `check whether ${holder.workflowId} is still running`,
              {
                holder,
                wait: false,
              },
            ).catch(() => null);
      if (end !== null || isInterrupted()) return end;
    }
  }

  async #cleanedUp(): Promise<void> {
    await this.#cleaning;
    this.#cleaning = null;
  }

  /** Resolves when nothing is under way that a run which continues as new would cut off. */
  async #quiet(): Promise<void> {
    await this.#cleanedUp();
    await condition(allHandlersFinished);
  }

  async #continueAsNew(): Promise<never> {
    return await continueAsNew<typeof cohortLock>({
      cohort: this.#cohort,
      line: this.#line,
      isHeld: this.#isHeld,
    });
  }

  #positionOf(runId: string): number {
    return this.#line.findIndex((run) => run.runId === runId);
  }

  /** False where the run is over. */
  async #tell({ workflowId, runId }: ExportRun, position: number): Promise<boolean> {
    try {
      const holder = this.#line[0]?.workflowId ?? workflowId;
      const run = getExternalWorkflowHandle(workflowId, runId);
      await run.signal(lockPosition, { runId, position, holder, settlesAt: this.#settling() });
      return true;
    } catch {
      return false;
    }
  }

  /** Until when the lock waits for requests of a holder that has ended; ISO 8601. */
  #settling(): string | undefined {
    return this.#isPassing && this.#settlesAt > Date.now()
      ? new Date(this.#settlesAt).toISOString()
      : undefined;
  }

  #show(): void {
    const [holder, ...waiting] = this.#line.map(({ workflowId }) => `\`${workflowId}\``);
    const { cohortId, connection } = this.#cohort;
    const rest =
      waiting.length === 0 ? 'No export is waiting.' : `Waiting, in order: ${waiting.join(', ')}.`;
    const settling = this.#settling();
    const until =
      settling === undefined
        ? ''
        : ` It has ended, but one of its requests had no response and may still be applied, so the lock passes on at ${settling}.`;
    setCurrentDetails(
      `The lock of cohort \`${cohortId}\` on \`${connection}\`. Held by ${holder ?? 'nobody'}.${until} ${rest}`,
    );
  }
}

/** How the holder ended, by a long poll; `null` where it still runs after a while, or on an interruption. */
async function watch(holder: ExportRun, isInterrupted: () => boolean): Promise<RunEnd | null> {
  const watching = new CancellationScope();
  const end = watching
    .run(() =>
      runActivity('watchHolder', `waiting for the end of ${holder.workflowId}`, {
        holder,
        wait: true,
      }),
    )
    .catch(() => null);
  const first = await Promise.race([condition(isInterrupted).then(() => null), end]);
  // The activity ends within a minute by itself: nothing waits for it.
  watching.cancel();
  return first;
}

/** Does what a terminated or timed-out holder could not do. */
async function cleanUp({ exportRunId }: ExportRun): Promise<void> {
  await bestEffort("staged rows were not removed; a worker's clean-up will remove them", () =>
    runActivity('cleanUp', 'remove the staged rows', { exportRunId, store: null }),
  );
}
