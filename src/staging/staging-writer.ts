import { type FileHandle, mkdir, open, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { KindCounts } from '../domain/report.ts';
import type { Reject, StagedRows, StagedSummary, StagingWriter } from '../domain/staging-port.ts';
import { ATTEMPT_REJECTS, DIRECTORY_MODE, DRAFT_SUFFIX, FILE_MODE, MANIFEST } from './layout.ts';
import { LineBuffer } from './line-buffer.ts';
import { manifestChecksum } from './manifest.ts';
import { removeDirectory } from './remove-directory.ts';
import { guardStaging } from './staging-error.ts';

export interface WriterPaths {
  /** As Temporal sees it. */
  readonly location: string;
  /** The attempt's own directory. */
  readonly directory: string;
  /** Where the rejects go once the attempt is committed. */
  readonly rejects: string;
}

/** A write costs as much for some kilobytes as for this. */
const FULL_FROM_BYTES = 512 * 1024;

export class DirectoryStagingWriter implements StagingWriter {
  readonly #paths: WriterPaths;
  readonly #fullFromBytes: number;
  readonly #lines = new LineBuffer();
  #rejects = '';
  #rejectsFile: FileHandle | null = null;
  #file: { name: string; handle: FileHandle } | null = null;

  constructor(paths: WriterPaths, fullFromBytes = FULL_FROM_BYTES) {
    this.#paths = paths;
    this.#fullFromBytes = fullFromBytes;
  }

  append(payload: string, counts: KindCounts): void {
    this.#lines.append(payload, counts);
  }

  reject(row: Reject): void {
    this.#rejects += `${JSON.stringify(row)}\n`;
  }

  get isFull(): boolean {
    return this.#lines.length + this.#rejects.length >= this.#fullFromBytes;
  }

  async drain(): Promise<void> {
    await guardStaging('written', () => this.#write());
  }

  async commit(summary: StagedSummary): Promise<StagedRows> {
    return await guardStaging('written', async () => {
      await this.#write();
      await this.#close();
      const rejects = await this.#keepRejects();
      const staged = { ...summary, bytes: this.#lines.payloadBytes, rejects };
      const manifest = JSON.stringify(staged);
      const draft = join(this.#paths.directory, `${MANIFEST}${DRAFT_SUFFIX}`);
      await writeFile(draft, manifest, { mode: FILE_MODE });
      await rename(draft, join(this.#paths.directory, MANIFEST));
      return { location: this.#paths.location, ...staged, checksum: manifestChecksum(manifest) };
    });
  }

  async abandon({ keepRejects }: { readonly keepRejects: boolean }): Promise<string | null> {
    return await guardStaging('written', async () => {
      // Only what is kept: writing may be what failed.
      if (keepRejects) await this.#write();
      await this.#close();
      const rejects = keepRejects ? await this.#keepRejects() : null;
      await removeDirectory(this.#paths.directory);
      return rejects;
    });
  }

  get #stagedRejects(): string {
    return join(this.#paths.directory, ATTEMPT_REJECTS);
  }

  async #write(): Promise<void> {
    for (const { file, bytes } of this.#lines.take()) {
      const handle = await this.#open(file);
      await handle.appendFile(bytes);
    }
    if (this.#rejects !== '') {
      this.#rejectsFile ??= await open(this.#stagedRejects, 'w', FILE_MODE);
      await this.#rejectsFile.appendFile(this.#rejects);
      this.#rejects = '';
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
