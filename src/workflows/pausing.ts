import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow';
import type { SentRequest } from '../domain/export-input.ts';
import { isDestinationFailure } from '../domain/failures.ts';
import {
  type BegunPause,
  PAUSES_LATER,
  type Pause,
  pauseEndsAt,
  pauseNote,
  pauseProblem,
  pauseTimedOut,
  resumeProblem,
} from '../domain/pausing.ts';
import { isOver } from '../domain/report.ts';
import { failureOf, toExportFailure } from './export-failure.ts';
import type { ExportState } from './export-state.ts';
import { wasStopped } from './failed-sending.ts';
import { afterPause, scheduleIdOf } from './run-end.ts';
import { SkippedRuns } from './skipped-runs.ts';

const pause = defineUpdate<string>('pause');
const resume = defineUpdate<string>('resume');

/** Most requests end within it; the update then says that some are still in flight. */
const STOPS_WITHIN = '10s';
/** Each look is an activity in the history: a pause of months must not fill it. */
const FIRST_LOOK_MS = 30 * 60_000;
const LONGEST_LOOK_MS = 12 * 60 * 60_000;

/** The updates `pause` and `resume`: what is sent stops, and continues where it was. */
export class Pausing {
  readonly #state: ExportState;
  #pause: Pause | null = null;
  /** It is paused, and nothing is in flight. */
  #isHeld = false;
  /** What a pause stops, while it runs. */
  #sending: CancellationScope | null = null;
  /** Notifications, one after another. A webhook that fails holds nothing up but the end of the run. */
  #notified: Promise<void> = Promise.resolve();

  /** At once at the start of a run, as updates may be waiting for their handlers. */
  constructor(state: ExportState) {
    this.#state = state;
    setHandler(pause, () => this.#onPause(), {
      validator: () => refuse(pauseProblem(state.stage, this.#pause !== null)),
    });
    setHandler(resume, () => this.#onResume(), {
      validator: () => refuse(resumeProblem(state.stage, this.#pause !== null)),
    });
  }

  get current(): Pause | null {
    return this.#pause;
  }

  /** To be awaited before a run ends or continues as new: nothing of a pause is under way after it. */
  async settled(): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      await condition(allHandlersFinished);
      await this.#notified;
    });
  }

  /** Takes over from the run that continued as this one. */
  restore(pause: Pause | null, request: SentRequest): void {
    if (pause !== null) this.#begin(pause, request);
  }

  /**
   * Does `work`, which a pause cancels and a resume starts again, until it ends by itself. Returns
   * early where it is paused and `mayLeave`, for a run whose history has become long.
   * @throws ApplicationFailure where it stays paused for longer than `pauseTimeout`
   */
  async run(
    request: SentRequest,
    work: () => Promise<void>,
    mayLeave: () => boolean = () => false,
  ): Promise<void> {
    for (;;) {
      if (this.#pause !== null) {
        const paused = this.#begin(this.#pause, request);
        if (mayLeave()) return;
        await this.#untilResumed(paused, request);
        continue;
      }
      const sending = new CancellationScope();
      this.#isHeld = false;
      this.#sending = sending;
      try {
        return await sending.run(work);
      } catch (error) {
        if (CancellationScope.current().consideredCancelled) throw error;
        if (wasStopped(error)) continue;
        if (!this.#pausesAfter(error, request)) throw error;
      } finally {
        this.#sending = null;
      }
    }
  }

  async #onPause(): Promise<string> {
    this.#pause = { since: null, failure: null };
    if (this.#sending === null) {
      this.#state.more = PAUSES_LATER;
      return 'The export will pause before it sends anything.';
    }
    this.#state.enter('paused', 'the requests in flight are ending');
    this.#sending.cancel();
    const isResumed = () => this.#pause === null;
    const isAnswered = () => this.#isHeld || isResumed() || isOver(this.#state.stage);
    const summary = 'until the requests in flight have ended';
    await CancellationScope.nonCancellable(() => condition(isAnswered, STOPS_WITHIN, { summary }));
    const { stage } = this.#state;
    if (isOver(stage)) {
      return `The export has ${stage === 'cancelled' ? 'been cancelled' : stage} in the meantime, so there is nothing to pause.`;
    }
    if (isResumed()) return 'The export was resumed in the meantime.';
    return this.#isHeld
      ? 'The export is paused: nothing is in flight.'
      : 'The export is pausing: it sends nothing more, and the requests in flight end within a minute.';
  }

  #onResume(): string {
    this.#pause = null;
    this.#state.more = null;
    if (this.#state.stage === 'paused') this.#state.enter('sending', 'resumed');
    return 'The export continues where it was.';
  }

  /** From now on nothing is in flight. */
  #begin({ since, failure }: Pause, { pauseTimeout }: SentRequest): BegunPause {
    const paused = { since: since ?? new Date().toISOString(), failure };
    this.#pause = paused;
    this.#isHeld = true;
    this.#state.enter('paused', pauseNote(paused, pauseTimeout));
    return paused;
  }

  async #untilResumed(paused: BegunPause, request: SentRequest): Promise<void> {
    const skipped = new SkippedRuns(request);
    const look = () => this.#notify(() => skipped.notify());
    const endsAt = pauseEndsAt(paused, request.pauseTimeout);
    let lookAgainMs = scheduleIdOf() === null ? Number.POSITIVE_INFINITY : FIRST_LOOK_MS;
    while (Date.now() < endsAt) {
      look();
      const waitMs = Math.min(endsAt - Date.now(), lookAgainMs);
      const isResumed = () => this.#pause !== paused;
      const summary = `paused until ${new Date(endsAt).toISOString()} at most`;
      if (await condition(isResumed, waitMs, { summary })) {
        look();
        return;
      }
      lookAgainMs = Math.min(2 * lookAgainMs, LONGEST_LOOK_MS);
    }
    throw failureOf(pauseTimedOut(paused, request));
  }

  /** Whether the export waits for its key to be mended. */
  #pausesAfter(error: unknown, request: SentRequest): boolean {
    const failure = toExportFailure(error);
    if (!(failure instanceof ApplicationFailure)) return false;
    const { type, message } = failure;
    if (!isDestinationFailure(type ?? '', ['Unauthorized'])) return false;
    if (request.onUnauthorized === 'fail' || this.#state.sent.accepted === 0) return false;
    this.#begin({ since: null, failure: { type: type ?? '', message } }, request);
    const { note } = this.#state.progress();
    this.#notify(() => afterPause(request, note));
    return true;
  }

  #notify(work: () => Promise<void>): void {
    this.#notified = this.#notified.then(work);
  }
}

function refuse(problem: string | null): void {
  if (problem !== null) throw failureOf({ type: 'NotPossible', message: problem });
}
