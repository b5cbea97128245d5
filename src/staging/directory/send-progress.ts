import { constants, type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chunk } from '../../domain/chunk-plan.ts';
import {
  NOTHING_SENT_OF_CHUNK,
  type SendProgress,
  type SentOfChunk,
  type StagedKey,
} from '../../domain/staging-port.ts';
import { sendProgressFile } from '../layout.ts';
import { SENT_LINE_BYTES, SentLines } from '../sent-line.ts';
import { guardStaging } from './file-errors.ts';
import { FILE_MODE } from './names.ts';

/*
 * The record of N requests that are done is the Nth line of its file. So no attempt overwrites what
 * another recorded, unless with the same; and a torn line loses only itself: the highest sound line counts.
 */

/** `directory` is where the staged rows are. */
export async function openSendProgress(
  directory: string,
  staged: StagedKey,
  chunk: Chunk,
): Promise<SendProgress> {
  return await guardStaging('written', async () => {
    // Without truncating: the file may hold what an earlier attempt recorded.
    const flags = constants.O_RDWR | constants.O_CREAT;
    const file = await open(join(directory, sendProgressFile(chunk)), flags, FILE_MODE);
    return new SendProgressFile(file, staged, chunk);
  });
}

class SendProgressFile implements SendProgress {
  readonly #file: FileHandle;
  readonly #chunk: Chunk;
  readonly #lines: SentLines;
  /** What is to be written next. */
  #latest: SentOfChunk | null = null;
  #writing: Promise<void> | null = null;

  constructor(file: FileHandle, staged: StagedKey, chunk: Chunk) {
    this.#file = file;
    this.#chunk = chunk;
    this.#lines = new SentLines(staged, chunk);
  }

  async read(): Promise<SentOfChunk> {
    const room = Buffer.alloc(this.#chunk.requests * SENT_LINE_BYTES);
    const { bytesRead } = await guardStaging('read', () =>
      this.#file.read(room, 0, room.length, 0),
    );
    const text = room.toString('latin1', 0, bytesRead);
    for (let done = this.#chunk.requests; done > 0; done -= 1) {
      const start = (done - 1) * SENT_LINE_BYTES;
      const sent = this.#lines.read(text.slice(start, start + SENT_LINE_BYTES));
      if (sent?.done === done) return sent;
    }
    return NOTHING_SENT_OF_CHUNK;
  }

  async record({ done, accepted, identifiers, refused }: SentOfChunk): Promise<void> {
    this.#latest = { done, accepted, identifiers, refused };
    this.#writing ??= this.#write();
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // If it fails, those who called `record` get the error.
    await this.#writing?.catch(() => null);
    await guardStaging('written', () => this.#file.close());
  }

  /** Asynchronous, as a network disk that hangs would otherwise stop the whole worker. */
  async #write(): Promise<void> {
    try {
      for (let sent = this.#latest; sent !== null; sent = this.#latest) {
        this.#latest = null;
        const position = (sent.done - 1) * SENT_LINE_BYTES;
        const line = this.#lines.write(sent);
        await guardStaging('written', () => this.#file.write(line, position, 'latin1'));
      }
    } finally {
      this.#writing = null;
    }
  }
}
