import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const milliseconds = z.int().nonnegative().max(600_000);

/** As `PUT /sandbox/treasure-data` takes them; what is left out stays as it is. */
export const jobTimesInput = z.strictObject({
  queuedMs: milliseconds.optional(),
  bootingMs: milliseconds.optional(),
  runningMs: milliseconds.optional(),
  killMs: milliseconds.optional(),
  hold: z.enum(['queued', 'booting', 'running']).nullable().optional(),
});

export type JobTimesInput = z.infer<typeof jobTimesInput>;

/** The least time that jobs spend in each state, and the state that none may leave, if any. */
export interface JobTimesSettings {
  readonly queuedMs: number;
  readonly bootingMs: number;
  readonly runningMs: number;
  /** From the order to kill a job to its end. */
  readonly killMs: number;
  readonly hold: PassingState | null;
}

/** The states that a job passes before it ends. */
export type PassingState = 'queued' | 'booting' | 'running';

export class JobTimes {
  #settings: JobTimesSettings = {
    queuedMs: 10,
    bootingMs: 10,
    runningMs: 20,
    killMs: 0,
    hold: null,
  };
  readonly #changes = new EventEmitter().setMaxListeners(0);

  constructor(input: JobTimesInput = {}) {
    this.set(input);
  }

  get settings(): JobTimesSettings {
    return this.#settings;
  }

  set(input: JobTimesInput): void {
    const given = Object.entries(input).filter(([, value]) => value !== undefined);
    this.#settings = { ...this.#settings, ...Object.fromEntries(given) };
    this.#changes.emit('change');
  }

  /** Resolves once a job may leave a state that it has just entered. @throws AbortError */
  async pass(state: PassingState, signal: AbortSignal): Promise<void> {
    await delay(this.#settings[`${state}Ms`], undefined, { signal });
    while (this.#settings.hold === state) await once(this.#changes, 'change', { signal });
  }
}
