import { setTimeout as delay } from 'node:timers/promises';
import {
  NOTHING_SENT_OF_CHUNK,
  type SendProgress,
  type SentOfChunk,
} from '../../domain/staging-port.ts';
import type { SentLines } from '../sent-line.ts';
import type { Bucket } from './bucket.ts';
import { isRefused } from './conditions.ts';
import { guardBucket } from './s3-errors.ts';

/** Each write costs about as much as staging twenty-five requests does. */
const WRITE_EVERY_MS = 500;
/** Another attempt writes as seldom: more would mean that the service refuses a right condition. */
const MOST_ROUNDS = 5;

/** How far a chunk was sent, in an object that is written again from time to time. */
export class S3SendProgress implements SendProgress {
  readonly #bucket: Bucket;
  readonly #key: string;
  readonly #lines: SentLines;
  readonly #closing = new AbortController();
  /** Of the object as this attempt has last seen it; `null` where there is none. */
  #etag: string | null = null;
  /** What is to be written next. */
  #latest: SentOfChunk | null = null;
  #writing: Promise<void> | null = null;

  constructor(bucket: Bucket, key: string, lines: SentLines) {
    this.#bucket = bucket;
    this.#key = key;
    this.#lines = lines;
  }

  async read(): Promise<SentOfChunk> {
    return await guardBucket('read', this.#bucket.addressOf(''), () => this.#read());
  }

  async record({ done, accepted, identifiers, refused }: SentOfChunk): Promise<void> {
    this.#latest = { done, accepted, identifiers, refused };
    this.#writing ??= guardBucket('written', this.#bucket.addressOf(''), () => this.#write());
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    // If it fails, those who called `record` get the error.
    await this.#writing?.catch(() => null);
  }

  async #read(): Promise<SentOfChunk> {
    const found = await this.#bucket.get(this.#key);
    this.#etag = found?.etag ?? null;
    return this.#lines.read(found?.body.toString('latin1') ?? '') ?? NOTHING_SENT_OF_CHUNK;
  }

  async #write(): Promise<void> {
    try {
      for (let sent = this.#latest; sent !== null; sent = this.#latest) {
        this.#latest = null;
        await this.#put(sent);
        await this.#pause();
      }
    } finally {
      this.#writing = null;
    }
  }

  /** Never over what another attempt has recorded meanwhile, unless that is less. */
  async #put(sent: SentOfChunk): Promise<void> {
    for (let round = 1; ; round += 1) {
      const condition = this.#etag === null ? 'absent' : { etag: this.#etag };
      try {
        this.#etag = await this.#bucket.put(this.#key, this.#lines.write(sent), condition);
        return;
      } catch (error) {
        if (!isRefused(error) || round === MOST_ROUNDS) throw error;
      }
      if ((await this.#read()).done >= sent.done) return;
    }
  }

  async #pause(): Promise<void> {
    await delay(WRITE_EVERY_MS, null, { signal: this.#closing.signal }).catch(() => null);
  }
}
