import { setTimeout as delay } from 'node:timers/promises';
import { log } from '@temporalio/activity';
import type { Chunk } from '../../domain/chunk-plan.ts';
import {
  NOTHING_SENT_OF_CHUNK,
  type SendProgress,
  type SentOfChunk,
  type StagedKey,
  type Staging,
} from '../../domain/staging-port.ts';

/** Of each step. Long for a disk, and short compared with the 20 s that a worker has to drain. */
const WITHIN_MS = 5_000;

/**
 * The record of a chunk beside its staged rows. It only saves requests after a crash, so if it
 * fails or hangs, sending continues without it.
 */
export class SendRecord implements AsyncDisposable {
  #file: SendProgress | null = null;
  #isBroken = false;

  async open(staging: Staging, staged: StagedKey, chunk: Chunk): Promise<void> {
    await this.#within('opened', async () => {
      const file = await staging.openSendProgress(staged, chunk);
      if (this.#isBroken) await file?.[Symbol.asyncDispose]();
      else this.#file = file;
    });
  }

  /** What attempts before this one recorded; nothing where there is no sound record. */
  async read(): Promise<SentOfChunk> {
    let sent = NOTHING_SENT_OF_CHUNK;
    await this.#within('read', async () => {
      sent = (await this.#file?.read()) ?? sent;
    });
    return sent;
  }

  /** Nothing waits for the disk: what is written meanwhile is in the heartbeats. */
  record(sent: SentOfChunk): void {
    if (!this.#isBroken) void this.#try(() => this.#file?.record(sent));
  }

  /** Waits for what is being written, but not for long. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#within('written', () => this.#file?.[Symbol.asyncDispose]());
  }

  async #within(verb: string, work: () => PromiseLike<void> | undefined): Promise<void> {
    const patience = new AbortController();
    const late = delay(WITHIN_MS, undefined, patience).then(
      () => this.#giveUp(`not ${verb} within ${WITHIN_MS / 1_000} s`),
      () => undefined,
    );
    await Promise.race([this.#try(work), late]);
    patience.abort();
  }

  async #try(work: () => PromiseLike<void> | undefined): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#giveUp(error instanceof Error ? error.message : 'unknown');
    }
  }

  #giveUp(reason: string): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    log.warn('progress of sending is recorded in heartbeats only', { reason });
  }
}
