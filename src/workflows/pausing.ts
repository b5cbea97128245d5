import {
  ApplicationFailure,
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
import { afterPause } from './run-end.ts';
import { SkippedRuns } from './skipped-runs.ts';

const pause = defineUpdate<string>('pause');
const resume = defineUpdate<string>('resume');

/** Most requests end within it; the update then says that some are still in flight. */
const STOPS_WITHIN = '10s';
/** Each look is an activity, which Temporal Cloud bills. */
const LOOK_FOR_SKIPPED_EVERY_MS = 30 * 60_000;

/** The updates `pause` and `resume`: what is sent stops, and continues where it was. */
export class Pausing {
  readonly #state: ExportState;
  #pause: Pause | null = null;
  /** It is paused, and nothing is in flight. */
  #isHeld = false;
  /** What a pause stops, while it runs. */
  #sending: CancellationScope | null = null;

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
      this.#sending = sending;
      try {
        return await sending.run(work);
      } catch (error) {
        if (CancellationScope.current().consideredCancelled) throw error;
        if (wasStopped(error)) continue;
        if (!(await this.#pausesAfter(error, request))) throw error;
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
    await condition(() => this.#isHeld || isResumed() || isOver(this.#state.stage), STOPS_WITHIN, {
      summary: 'until the requests in flight have ended',
    });
    const { stage } = this.#state;
    if (isOver(stage)) {
      return `The export has ${stage === 'cancelled' ? 'been cancelled' : stage} meanwhile, so there is nothing to pause.`;
    }
    if (isResumed()) return 'The export was resumed meanwhile.';
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
    using _ = { [Symbol.dispose]: () => (this.#isHeld = false) };
    const skipped = new SkippedRuns(request);
    const endsAt = pauseEndsAt(paused, request.pauseTimeout);
    while (Date.now() < endsAt) {
      await skipped.notify();
      const leftMs = Math.min(endsAt - Date.now(), LOOK_FOR_SKIPPED_EVERY_MS);
      const isResumed = () => this.#pause !== paused;
      const summary = `paused until ${new Date(endsAt).toISOString()} at most`;
      if (!(await condition(isResumed, Math.max(1, leftMs), { summary }))) continue;
      await skipped.notify();
      return;
    }
    throw failureOf(pauseTimedOut(paused, request));
  }

  /** Whether the export waits for its key to be mended. */
  async #pausesAfter(error: unknown, request: SentRequest): Promise<boolean> {
    const failure = toExportFailure(error);
    if (!(failure instanceof ApplicationFailure)) return false;
    const { type, message } = failure;
    if (!isDestinationFailure(type ?? '', ['Unauthorized'])) return false;
    if (request.onUnauthorized === 'fail' || this.#state.sent.accepted === 0) return false;
    this.#begin({ since: null, failure: { type: type ?? '', message } }, request);
    await afterPause(request, this.#state.progress().note);
    return true;
  }
}

function refuse(problem: string | null): void {
  if (problem !== null) throw failureOf({ type: 'NotPossible', message: problem });
}
