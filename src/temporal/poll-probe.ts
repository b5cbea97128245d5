import { setTimeout as delay } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';

/** Of Temporal's `TaskQueueKind`. */
const TASK_QUEUE_KIND_STICKY = 2;

/** Temporal refuses a poll of less than 2 s, and responds 1 s before the end of one without a task. */
const POLL_MS = 3_000;
const AGAIN_AFTER_MS = 1_000;
/** For the next poll, and some delay. */
const BELIEVED_FOR_MS = 8_000;

/**
 * Whether Temporal accepts polls of this worker. The SDK retries its own for a minute before it says
 * that they fail, so this one polls a sticky queue that never has a task, again and again.
 */
export class PollProbe implements Disposable {
  readonly #over = new AbortController();
  #acceptedAt = Number.NEGATIVE_INFINITY;

  constructor(connection: NativeConnection, namespace: string, taskQueue: string) {
    const poll = () =>
      connection.withDeadline(Date.now() + POLL_MS, () =>
        connection.workflowService.pollWorkflowTaskQueue({
          namespace,
          taskQueue: {
            name: `${taskQueue}/readyz`,
            kind: TASK_QUEUE_KIND_STICKY,
            normalName: taskQueue,
          },
          identity: 'readyz',
        }),
      );
    void this.#pollAgainAndAgain(poll);
  }

  get isAccepted(): boolean {
    return performance.now() - this.#acceptedAt < BELIEVED_FOR_MS;
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  async #pollAgainAndAgain(poll: () => Promise<unknown>): Promise<void> {
    while (!this.#over.signal.aborted) {
      try {
        await poll();
        this.#acceptedAt = performance.now();
      } catch {
        // That polls fail is what this class detects.
        this.#acceptedAt = Number.NEGATIVE_INFINITY;
        await delay(AGAIN_AFTER_MS, undefined, { ref: false });
      }
    }
  }
}
