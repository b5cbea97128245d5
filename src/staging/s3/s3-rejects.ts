import type { Reject } from '../../domain/staging-port.ts';
import { rejectLine } from '../reject-line.ts';
import type { Bucket } from './bucket.ts';
import { type Condition, isRefused } from './conditions.ts';
import type { Upload } from './upload.ts';

/** S3 wants at least 5 MiB of each part but the last. */
const PART_BYTES = 8 * 1024 * 1024;
const LEAST_PART_BYTES = 5 * 1024 * 1024;
const NEWLINE = 0x0a;
/** Each means that another worker has added one meanwhile. */
const ADD_ATTEMPTS = 50;

/** The rejects of an attempt, which become an object when they are complete. */
export class RejectsObject {
  readonly #bucket: Bucket;
  readonly #key: string;
  #parts: Buffer[] = [];
  #bytes = 0;
  #upload: Upload | null = null;
  #isComplete = false;

  constructor(bucket: Bucket, key: string) {
    this.#bucket = bucket;
    this.#key = key;
  }

  async write(lines: string): Promise<void> {
    const part = Buffer.from(lines);
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#bytes < PART_BYTES) return;
    this.#upload ??= await this.#bucket.startUpload(this.#key);
    await this.#upload.add(this.#take());
  }

  /** Resolves to whether there are any. */
  async complete(): Promise<boolean> {
    if (this.#upload === null) {
      if (this.#bytes === 0) return this.#isComplete;
      await this.#bucket.put(this.#key, this.#take());
    } else {
      if (this.#bytes > 0) await this.#upload.add(this.#take());
      await this.#upload.complete();
      this.#upload = null;
    }
    this.#isComplete = true;
    return true;
  }

  async remove(): Promise<void> {
    await this.#upload?.abort();
    this.#upload = null;
    if (this.#isComplete) await this.#bucket.delete([this.#key]);
    this.#isComplete = false;
  }

  #take(): Buffer {
    const all = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return all;
  }
}

/**
 * Adds a reject to the object of a committed run, unless it is there already. As nothing can be appended,
 * the object is written again, if nobody else has done so meanwhile.
 */
export async function addReject(bucket: Bucket, key: string, reject: Reject): Promise<void> {
  const line = Buffer.from(rejectLine(reject));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await addLine(bucket, key, line);
    } catch (error) {
      if (!isRefused(error) || attempt === ADD_ATTEMPTS) throw error;
    }
  }
}

async function addLine(bucket: Bucket, key: string, line: Buffer): Promise<void> {
  // Those that the destination refused are at the end, and all of them are less than this.
  const end = await bucket.get(key, LEAST_PART_BYTES);
  if (end !== null && hasLine(end.body, line)) return;
  const condition: Condition = end === null ? 'absent' : { etag: end.etag };
  if (end === null || end.bytes <= end.body.length) {
    await bucket.put(key, Buffer.concat([end?.body ?? Buffer.alloc(0), line]), condition);
    return;
  }
  const upload = await bucket.startUpload(key);
  try {
    await upload.copySelf(end.etag);
    await upload.add(line);
    await upload.complete(condition);
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

function hasLine(content: Buffer, line: Buffer): boolean {
  for (let at = content.indexOf(line); at !== -1; at = content.indexOf(line, at + 1)) {
    if (at === 0 || content[at - 1] === NEWLINE) return true;
  }
  return false;
}
