import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { REQUESTS_PER_CHUNK } from '../domain/chunk-plan.ts';
import type { KindCounts } from '../domain/report.ts';
import type { Reject, StagedRows, StagedSummary, StagingWriter } from '../domain/staging-port.ts';
import { DIRECTORY_MODE, FILE_MODE, MANIFEST, stagedFile } from './layout.ts';
import { guardStaging } from './staging-error.ts';

export interface WriterPaths {
  /** As Temporal sees it. */
  readonly location: string;
  /** The attempt's own directory. */
  readonly directory: string;
  /** Where the rejects go once the attempt is committed. */
  readonly rejects: string;
}

/** Writes staged files of `REQUESTS_PER_CHUNK` requests each; see `layout.ts` for what is in them. */
export class DirectoryStagingWriter implements StagingWriter {
  readonly #paths: WriterPaths;
  readonly #pending: { file: string; lines: Buffer[] }[] = [];
  #pendingRejects: string[] = [];
  #rejectsFile: FileHandle | null = null;
  #file: { name: string; handle: FileHandle } | null = null;
  #requests = 0;
  #bytes = 0;

  constructor(paths: WriterPaths) {
    this.#paths = paths;
  }

  append(payload: string, counts: KindCounts): void {
    const body = Buffer.from(payload);
    const { userIds, deviceIds, aliases } = counts;
    const header = `${this.#requests} ${body.length} ${crc32(body)} ${userIds} ${deviceIds} ${aliases} `;
    const file = stagedFile(Math.floor(this.#requests / REQUESTS_PER_CHUNK));
    let last = this.#pending.at(-1);
    if (last?.file !== file) {
      last = { file, lines: [] };
      this.#pending.push(last);
    }
    last.lines.push(Buffer.from(header), body, Buffer.from('\n'));
    this.#requests += 1;
    this.#bytes += body.length;
  }

  reject(row: Reject): void {
    this.#pendingRejects.push(`${JSON.stringify(row)}\n`);
  }

  async drain(): Promise<void> {
    await guardStaging('written', () => this.#drain());
  }

  async commit(summary: StagedSummary): Promise<StagedRows> {
    return await guardStaging('written', async () => {
      await this.#drain();
      await this.#close();
      const rejects = await this.#keepRejects();
      const manifest = JSON.stringify({ ...summary, bytes: this.#bytes, rejects });
      const draft = join(this.#paths.directory, `${MANIFEST}.draft`);
      await writeFile(draft, manifest, { mode: FILE_MODE });
      await rename(draft, join(this.#paths.directory, MANIFEST));
      return readManifest(this.#paths.location, manifest);
    });
  }

  async abandon({ keepRejects }: { readonly keepRejects: boolean }): Promise<string | null> {
    return await guardStaging('written', async () => {
      // Only what is kept: writing may be what failed.
      if (keepRejects) await this.#drain();
      await this.#close();
      const rejects = keepRejects ? await this.#keepRejects() : null;
      await rm(this.#paths.directory, { recursive: true, force: true });
      return rejects;
    });
  }

  get #stagedRejects(): string {
    return join(this.#paths.directory, 'rejects.jsonl');
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      const { file, lines } = this.#pending.shift() as { file: string; lines: Buffer[] };
      const handle = await this.#open(file);
      await handle.appendFile(Buffer.concat(lines));
    }
    if (this.#pendingRejects.length > 0) {
      this.#rejectsFile ??= await open(this.#stagedRejects, 'w', FILE_MODE);
      await this.#rejectsFile.appendFile(this.#pendingRejects.join(''));
      this.#pendingRejects = [];
    }
  }

  async #open(name: string): Promise<FileHandle> {
    if (this.#file?.name !== name) {
      await this.#file?.handle.close();
      const handle = await open(join(this.#paths.directory, name), 'w', FILE_MODE);
      this.#file = { name, handle };
    }
    return this.#file.handle;
  }

  async #close(): Promise<void> {
    await this.#file?.handle.close();
    this.#file = null;
    await this.#rejectsFile?.close();
  }

  async #keepRejects(): Promise<string | null> {
    if (this.#rejectsFile === null) return null;
    await mkdir(dirname(this.#paths.rejects), { recursive: true, mode: DIRECTORY_MODE });
    await rename(this.#stagedRejects, this.#paths.rejects);
    return this.#paths.rejects;
  }
}

/** What a manifest's text says, with the checksum that proves it. */
export function readManifest(location: string, manifest: string): StagedRows {
  const checksum = createHash('sha256').update(manifest).digest('hex');
  return {
    location,
    ...(JSON.parse(manifest) as Omit<StagedRows, 'location' | 'checksum'>),
    checksum,
  };
}
