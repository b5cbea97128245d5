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
  type Pause,
  pauseEndsAt,
  pauseNote,
  pauseProblem,
  pauseTimedOut,
  resumeProblem,
} from '../domain/pausing.ts';
import { toExportFailure } from './export-failure.ts';
import type { ExportState } from './export-state.ts';
import { wasStopped } from './failed-sending.ts';
import { afterPause } from './run-end.ts';

const pause = defineUpdate<string>('pause');
const resume = defineUpdate<string>('resume');

/** Most requests end within it; the update then says that some are still in flight. */
const STOPS_WITHIN = '10s';

/** The updates `pause` and `resume`: what is sent stops, and continues where it was. */
export class Pausing {
  readonly #state: ExportState;
  #pause: Pause | null = null;
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
  restore(pause: Pause | null, { pauseTimeout }: SentRequest): void {
    this.#pause = pause;
    if (pause !== null) this.#state.enter('paused', pauseNote(pause, pauseTimeout));
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
      if (this.#pause !== null && mayLeave()) return;
      await this.#untilResumed(request);
      const sending = new CancellationScope();
      this.#sending = sending;
      try {
        return await sending.run(work);
      } catch (error) {
        const isOver = CancellationScope.current().consideredCancelled;
        if (wasStopped(error) && !isOver) continue;
        if (!(await this.#pausesAfter(error, request))) throw error;
      } finally {
        this.#sending = null;
      }
    }
  }

  async #onPause(): Promise<string> {
    this.#pause = { since: new Date().toISOString(), failure: null };
    const sending = this.#sending;
    if (sending === null) return 'The export will pause before it sends anything.';
    this.#state.enter('paused', 'the requests in flight are ending');
    sending.cancel();
    const isStopped = await condition(() => this.#sending !== sending, STOPS_WITHIN);
    return isStopped
      ? 'The export is paused: nothing is in flight.'
      : 'The export is paused: nothing more is sent, and requests in flight end within a minute.';
  }

  #onResume(): string {
    this.#pause = null;
    if (this.#state.stage === 'paused') this.#state.enter('sending', 'resumed');
    return 'The export continues where it was.';
  }

  async #untilResumed(request: SentRequest): Promise<void> {
    const paused = this.#pause;
    if (paused === null) return;
    this.#state.enter('paused', pauseNote(paused, request.pauseTimeout));
    const leftMs = pauseEndsAt(paused, request.pauseTimeout) - Date.now();
    if (await condition(() => this.#pause !== paused, Math.max(1, leftMs))) return;
    const { type, message } = pauseTimedOut(paused, request);
    throw ApplicationFailure.nonRetryable(message, type);
  }

  /** Whether the export waits for its key to be mended. */
  async #pausesAfter(error: unknown, request: SentRequest): Promise<boolean> {
    const failure = toExportFailure(error);
    if (!(failure instanceof ApplicationFailure)) return false;
    const { type, message } = failure;
    if (!isDestinationFailure(type ?? '', ['Unauthorized'])) return false;
    if (request.onUnauthorized === 'fail' || this.#state.sent.accepted === 0) return false;
    const paused = { since: new Date().toISOString(), failure: { type: type ?? '', message } };
    this.#pause = paused;
    const note = pauseNote(paused, request.pauseTimeout);
    this.#state.enter('paused', note);
    await afterPause(request, note);
    return true;
  }
}

function refuse(problem: string | null): void {
  if (problem !== null) throw ApplicationFailure.nonRetryable(problem, 'NotPossible');
}
