import { log } from '@temporalio/activity';
import type { Chunk } from '../../domain/chunk-plan.ts';
import type { SendProgress, SentOfChunk, StagedRows, Staging } from '../../domain/staging-port.ts';

/**
 * The record of a chunk beside its staged rows. It only saves requests after a crash, so if it
 * fails, sending continues without it.
 */
export class SendRecord implements AsyncDisposable {
  #file: SendProgress | null = null;

  async open(
    staging: Staging,
    staged: Pick<StagedRows, 'location' | 'checksum'>,
    chunk: Chunk,
  ): Promise<void> {
    await this.#try(async () => {
      this.#file = await staging.openSendProgress(staged, chunk);
    });
  }

  /** What attempts before this one recorded; nothing where there is no sound record. */
  async read(): Promise<SentOfChunk> {
    let sent: SentOfChunk = { accepted: 0, identifiers: 0 };
    await this.#try(async () => {
      sent = (await this.#file?.read()) ?? sent;
    });
    return sent;
  }

  async record(sent: SentOfChunk): Promise<void> {
    if (this.#file !== null) await this.#try(() => this.#file?.record(sent));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#try(() => this.#file?.[Symbol.asyncDispose]());
  }

  async #try(work: () => PromiseLike<void> | undefined): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn('progress of sending is recorded in heartbeats only', {
        reason: error instanceof Error ? error.message : 'unknown',
      });
      this.#file = null;
    }
  }
}
