import type { KindCounts } from '../../domain/report.ts';
import type {
  Reject,
  StagedRows,
  StagedSummary,
  StagingWriter,
} from '../../domain/staging-port.ts';
import { LineBuffer } from '../line-buffer.ts';
import { writeManifest } from '../manifest.ts';
import { rejectLine } from '../reject-line.ts';
import type { Bucket } from './bucket.ts';
import { type FileBuffer, FileBuffers } from './file-buffers.ts';
import { attemptsPrefix, manifestKey, rejectsKey } from './keys.ts';
import { codeOf, guardBucket } from './s3-errors.ts';
import { commitOnce } from './s3-manifest.ts';
import { RejectsObject } from './s3-rejects.ts';
import { Uploads } from './uploads.ts';

export interface AttemptPlace {
  /** The id of the store. */
  readonly store: string;
  /** As Temporal sees it. */
  readonly location: string;
  readonly namespaceId: string;
}

/** As much as fills a file of usual requests. */
const FULL_FROM_BYTES = 512 * 1024;

/** A file of which more may come. */
interface OpenFile {
  readonly name: string;
  readonly content: FileBuffer;
}

export class S3StagingWriter implements StagingWriter {
  readonly #bucket: Bucket;
  readonly #place: AttemptPlace;
  readonly #lines = new LineBuffer();
  readonly #uploads = new Uploads();
  readonly #buffers = new FileBuffers();
  readonly #rejects: RejectsObject;
  #rejectLines = '';
  #file: OpenFile | null = null;
  #keepsRejects = false;
  /** From the moment that the manifest may be there, whatever the response was. */
  #mayBeCommitted = false;

  constructor(bucket: Bucket, place: AttemptPlace) {
    this.#bucket = bucket;
    this.#place = place;
    this.#rejects = new RejectsObject(bucket, rejectsKey(place.location, place.namespaceId));
  }

  append(payload: string, counts: KindCounts, rows: string | null): void {
    this.#lines.append(payload, counts, rows);
  }

  reject(row: Reject): void {
    this.#rejectLines += rejectLine(row);
  }

  get isFull(): boolean {
    return this.#lines.length + this.#rejectLines.length >= FULL_FROM_BYTES;
  }

  async drain(): Promise<void> {
    await this.#guard('written', () => this.#write());
  }

  async commit(summary: StagedSummary): Promise<StagedRows> {
    return await this.#guard('written', async () => {
      const { store, location } = this.#place;
      await this.#write();
      await this.#endFile();
      await this.#uploads.finish();
      const rejects = await this.#completeRejects();
      const files = this.#lines.files();
      const bytes = this.#lines.payloadBytes;
      const own = writeManifest({ store, location, ...summary, bytes, rejects, files });
      this.#mayBeCommitted = true;
      const staged = await commitOnce(this.#bucket, own);
      // What is not removed here goes with the export, so it is no reason to fail.
      const removed = staged === own.staged ? this.#removeOthers() : this.#remove();
      await removed.catch((error: unknown) => logLeft(error));
      return staged;
    });
  }

  async abandon({ keepRejects }: { readonly keepRejects: boolean }): Promise<string | null> {
    // What does not count in the end is removed by the attempt that does, or with the export.
    if (this.#mayBeCommitted) return null;
    this.#keepsRejects ||= keepRejects;
    return await this.#guard('written', async () => {
      if (keepRejects) await this.#write();
      await this.#uploads.settle();
      const rejects = keepRejects ? await this.#completeRejects() : null;
      await this.#remove();
      return rejects;
    });
  }

  async #write(): Promise<void> {
    for (const { file, bytes } of this.#lines.take()) {
      if (this.#file?.name !== file) {
        await this.#endFile();
        this.#file = { name: file, content: this.#buffers.take() };
      }
      this.#buffers.append(this.#file.content, bytes);
    }
    if (this.#rejectLines === '') return;
    const lines = this.#rejectLines;
    this.#rejectLines = '';
    await this.#rejects.write(lines);
  }

  async #endFile(): Promise<void> {
    if (this.#file === null) return;
    const { name, content } = this.#file;
    this.#file = null;
    const key = `${this.#place.location}/${name}`;
    await this.#uploads.start(content.length, async () => {
      await this.#bucket.put(key, content.bytes.subarray(0, content.length));
      this.#buffers.giveBack(content);
    });
  }

  async #completeRejects(): Promise<string | null> {
    const { location, namespaceId } = this.#place;
    const isThere = await this.#rejects.complete();
    return isThere ? this.#bucket.addressOf(rejectsKey(location, namespaceId)) : null;
  }

  /** What other attempts wrote, which can no longer be committed. */
  async #removeOthers(): Promise<void> {
    const { location, namespaceId } = this.#place;
    const isKept = (key: string) =>
      key.startsWith(`${location}/`) || key === manifestKey({ location });
    const others = new Set<string>();
    await this.#bucket.deleteBelow(attemptsPrefix({ location }), (key) => {
      if (isKept(key)) return true;
      others.add(key.slice(0, key.lastIndexOf('/')));
      return false;
    });
    await this.#bucket.delete([...others].map((other) => rejectsKey(other, namespaceId)));
  }

  async #remove(): Promise<void> {
    await this.#bucket.deleteBelow(`${this.#place.location}/`);
    if (!this.#keepsRejects) await this.#rejects.remove();
  }

  async #guard<T>(verb: 'written', work: () => Promise<T>): Promise<T> {
    return await guardBucket(verb, this.#bucket.addressOf(''), work);
  }
}

function logLeft(error: unknown): void {
  console.error(`What a discarded attempt had staged could not be removed (${codeOf(error)}).`);
}
