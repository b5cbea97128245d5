import { Context, log } from '@temporalio/activity';
import {
  ActivityCancelledError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
} from '@temporalio/client';

/** Below the 15 s without a heartbeat after which Temporal gives the activity to another worker. */
const LEASE_MS = 12_000;
/** Temporal may have counted from so long before the activity came to this worker. */
const DELIVERY_MS = 3_000;
const RESPONSE_TIMEOUT_MS = 3_000;
/** From a failed heartbeat to the next one: with a long interval, the regular one would come too late. */
const AGAIN_AFTER_MS = 1_000;
/** The SDK ends an activity that does not heartbeat through it for 20 s. */
const SDK_HEARTBEAT_WITHIN_MS = 16_000;
const NO_RESPONSE = 'no response';
/** What is thrown for a heartbeat that was accepted, of an activity that is to end. */
const WANTED_TO_END = [ActivityCancelledError, ActivityPausedError, ActivityResetError];

/**
 * The heartbeats of an activity that sends, and what follows from them: for how long this worker may
 * send. One whose heartbeats do not arrive, or are refused, must stop before Temporal hands the
 * activity to another worker. The SDK does not say what became of a heartbeat, so most are sent here.
 */
export class Lease implements Disposable {
  readonly #context = Context.current();
  readonly #details: () => unknown;
  readonly #everyMs: number;
  readonly #lost = new AbortController();
  readonly #interval: NodeJS.Timeout;
  #expiry: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #provenAt = performance.now() - DELIVERY_MS;
  #sdkAt = performance.now();
  #underWay: Promise<void> | null = null;
  #isOver = false;
  #reason = NO_RESPONSE;

  /** @param details of each heartbeat */
  constructor(details: () => unknown, everyMs: number) {
    this.#details = details;
    this.#everyMs = everyMs;
    this.#interval = setInterval(() => this.#beat(), everyMs);
    this.#expireLater();
  }

  /** Aborted, for good, once this worker may not send any more. */
  get lost(): AbortSignal {
    this.#look();
    return this.#lost.signal;
  }

  /** Ends the heartbeats. What the SDK heartbeats afterwards is not overtaken by one of them. */
  async end(): Promise<void> {
    this[Symbol.dispose]();
    await this.#underWay;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearInterval(this.#interval);
    clearTimeout(this.#expiry);
    clearTimeout(this.#again);
  }

  #beat(): void {
    const nextAt = performance.now() + this.#everyMs;
    if (nextAt > this.#sdkAt + SDK_HEARTBEAT_WITHIN_MS) this.#beatBySdk();
    this.#renewOnce();
  }

  #renewOnce(): void {
    if (this.#isOver || this.#lost.signal.aborted) return;
    this.#underWay ??= this.#renew().finally(() => (this.#underWay = null));
  }

  #beatBySdk(): void {
    this.#sdkAt = performance.now();
    this.#context.heartbeat(this.#details());
  }

  async #renew(): Promise<void> {
    const { client, info, cancellationSignal } = this.#context;
    // What counts is when it was sent: the response may have been delayed.
    const sentAt = performance.now();
    try {
      await client.withDeadline(Date.now() + RESPONSE_TIMEOUT_MS, () =>
        client.activity.heartbeat(info.taskToken, this.#details()),
      );
    } catch (error) {
      this.#reason = error instanceof Error ? error.message : 'unknown';
      const isAccepted = WANTED_TO_END.some((type) => error instanceof type);
      const isUnwanted = isAccepted || error instanceof ActivityNotFoundError;
      // The SDK has to hear it too, as it cancels the context.
      if (isUnwanted && !this.#isOver && !cancellationSignal.aborted) this.#beatBySdk();
      // A lease that is not renewed expires by itself.
      if (!isUnwanted && !this.#isOver) this.#renewLater(sentAt);
      if (!isAccepted) return;
    }
    this.#reason = NO_RESPONSE;
    this.#provenAt = sentAt;
    if (!this.#isOver) this.#expireLater();
  }

  #renewLater(sentAt: number): void {
    clearTimeout(this.#again);
    const inMs = Math.max(0, sentAt + AGAIN_AFTER_MS - performance.now());
    this.#again = setTimeout(() => this.#renewOnce(), inMs);
  }

  #expireLater(): void {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#expire(), this.#provenAt + LEASE_MS - performance.now());
  }

  /** A timer may fire a few milliseconds early. */
  #expire(): void {
    this.#look();
    if (!this.#isOver && !this.#lost.signal.aborted) this.#expireLater();
  }

  #look(): void {
    if (this.#isOver || performance.now() < this.#provenAt + LEASE_MS) return;
    if (this.#lost.signal.aborted) return;
    log.warn(
      `Temporal has not accepted a heartbeat for ${LEASE_MS / 1_000} s (${this.#reason}), so this activity stopped sending: another worker may continue it. If this continues, check the connection to Temporal and the credentials of the worker`,
    );
    this.#lost.abort();
  }
}
