import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { KindCounts } from '../../domain/report.ts';
import type {
  Reject,
  StagedRows,
  StagedSummary,
  StagingWriter,
} from '../../domain/staging-port.ts';
import { stagedFile } from '../layout.ts';
import { LineBuffer } from '../line-buffer.ts';
import { writeManifest } from '../manifest.ts';
import { rejectLine } from '../reject-line.ts';
import { syncDirectory, syncFiles, writeSynced } from './durable.ts';
import { guardStaging } from './file-errors.ts';
import { ATTEMPT_REJECTS, DIRECTORY_MODE, DRAFT_SUFFIX, FILE_MODE, MANIFEST } from './names.ts';
import { removeDirectory } from './remove-directory.ts';

export interface WriterPaths {
  /** The id of the store. */
  readonly store: string;
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

  append(payload: string, counts: KindCounts, rows: string | null): void {
    this.#lines.append(payload, counts, rows);
  }

  reject(row: Reject): void {
    this.#rejects += rejectLine(row);
  }

  get isFull(): boolean {
    return this.#lines.length + this.#rejects.length >= this.#fullFromBytes;
  }

  async drain(): Promise<void> {
    await guardStaging('written', () => this.#write());
  }

  async commit(summary: StagedSummary): Promise<StagedRows> {
    return await guardStaging('written', async () => {
      const { store, location, directory } = this.#paths;
      await this.#write();
      await this.#closeFile();
      const files = this.#lines.files();
      await syncFiles(files.map((_, index) => join(directory, stagedFile(index))));
      const rejects = await this.#keepRejects();
      const run = dirname(directory);
      await Promise.all([directory, run, dirname(run)].map(syncDirectory));
      const bytes = this.#lines.payloadBytes;
      const { text, staged } = writeManifest({
        store,
        location,
        ...summary,
        bytes,
        rejects,
        files,
      });
      const draft = join(directory, `${MANIFEST}${DRAFT_SUFFIX}`);
      await writeSynced(draft, text);
      await rename(draft, join(directory, MANIFEST));
      await syncDirectory(directory);
      return staged;
    });
  }

  async abandon({ keepRejects }: { readonly keepRejects: boolean }): Promise<string | null> {
    return await guardStaging('written', async () => {
      // Only what is kept: writing may be what failed.
      if (keepRejects) await this.#write();
      await this.#closeFile();
      const rejects = keepRejects ? await this.#keepRejects() : null;
      await this.#rejectsFile?.close();
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
      await this.#closeFile();
      const handle = await open(join(this.#paths.directory, name), 'w', FILE_MODE);
      this.#file = { name, handle };
    }
    return this.#file.handle;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file?.handle;
    this.#file = null;
    await file?.close();
  }

  async #keepRejects(): Promise<string | null> {
    if (this.#rejectsFile === null) return null;
    const { rejects } = this.#paths;
    await this.#rejectsFile.sync();
    await this.#rejectsFile.close();
    this.#rejectsFile = null;
    await mkdir(dirname(rejects), { recursive: true, mode: DIRECTORY_MODE });
    await rename(this.#stagedRejects, rejects);
    await syncDirectory(dirname(rejects));
    return rejects;
  }
}
