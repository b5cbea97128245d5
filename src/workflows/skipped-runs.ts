import { bestEffort, runActivity } from './run-activity.ts';
import { afterSkippedRuns, scheduleIdOf } from './run-end.ts';

/** The runs that the schedule of this run skips while this one is paused. */
export class SkippedRuns {
  readonly #input: object;
  /** How many it had skipped in all at the last look; `null` where that is not known. */
  #before: number | null = null;

  constructor(input: object) {
    this.#input = input;
  }

  /** Notifies of those that were skipped since the last look. The first look only counts. */
  async notify(): Promise<void> {
    const scheduleId = scheduleIdOf();
    if (scheduleId === null) return;
    const count = await bestEffort('runs that the schedule skipped were not looked for', () =>
      runActivity('countSkippedRuns', `look for skipped runs of ${scheduleId}`, { scheduleId }),
    );
    if (count === null) return;
    const skipped = count - (this.#before ?? count);
    this.#before = count;
    if (skipped > 0) await afterSkippedRuns(this.#input, skipped);
  }
}
