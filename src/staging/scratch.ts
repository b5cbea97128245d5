import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { errorCode } from '../domain/error-code.ts';
import { ExportError } from '../domain/failures.ts';
import { ifThere } from './directory/file-errors.ts';
import { DIRECTORY_MODE } from './directory/names.ts';
import { namesIn } from './directory/remove-directory.ts';

const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;
/** `TMPFS_MAGIC` of Linux. */
const TMPFS = 0x01021994;

/** A directory for one query. */
export interface ScratchDirectory extends AsyncDisposable {
  /** Absolute. */
  readonly path: string;
}

/**
 * Where engines keep what does not fit into memory. It is of this machine, not shared: each process
 * has a directory of its own in it, which is named after it, and each query one in that.
 */
export class Scratch implements AsyncDisposable {
  readonly #root: string;
  readonly #own: string;

  constructor(root: string) {
    this.#root = root;
    const unique = randomBytes(3).toString('hex');
    this.#own = join(root, `cohort-export-${process.pid}-${hostname()}-${unique}`);
  }

  /**
   * Removes what processes of this machine left that are gone. Says whether files there take memory.
   * @throws ExportError `StagingFailed`
   */
  async prepare(): Promise<{ readonly isInMemory: boolean }> {
    return await this.#guard(async () => {
      await this.#createRoot();
      for (const name of await namesIn(this.#root)) {
        const path = join(this.#root, name);
        if (await isLeftBehind(path)) await rm(path, { recursive: true, force: true });
      }
      const { type } = await statfs(this.#root);
      return { isInMemory: process.platform === 'linux' && type === TMPFS };
    });
  }

  /** @throws ExportError `StagingFailed` */
  async directory(): Promise<ScratchDirectory> {
    const path = await this.#guard(async () => {
      await this.#createRoot();
      await mkdir(this.#own, { recursive: true, mode: DIRECTORY_MODE });
      return await mkdtemp(join(this.#own, 'query-'));
    });
    return { path, [Symbol.asyncDispose]: () => remove(path) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await remove(this.#own);
  }

  /** The name may be known to others, who could have been there first. */
  async #createRoot(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: DIRECTORY_MODE });
    const { mode, uid } = await stat(this.#root);
    const isSafe = (mode & OTHERS_MAY_WRITE) === 0 || (mode & STICKY) !== 0;
    if (isSafe && [0, process.getuid?.()].includes(uid)) return;
    throw new ExportError(
      'StagingFailed',
      `worker.scratchDirectory ${this.#root} belongs to another user, or others may write to it. Queries keep personal data there: set another directory, or remove this one.`,
      'backoff',
    );
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ExportError) throw error;
      throw new ExportError(
        'StagingFailed',
        `worker.scratchDirectory ${this.#root} cannot be used (${errorCode(error)}). Check that the worker's user may write to it and that its disk has space, or set another directory.`,
        'backoff',
      );
    }
  }
}

/** What stays is removed at the start of a later worker. */
async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    console.error(`A directory in worker.scratchDirectory was not removed (${errorCode(error)}).`);
  }
}

async function isLeftBehind(path: string): Promise<boolean> {
  const [, pid, host] = /^cohort-export-(\d+)-(.*)-[0-9a-f]{6}$/.exec(basename(path)) ?? [];
  if (pid === undefined || host !== hostname()) return false;
  if (Number(pid) !== process.pid) return !isRunning(Number(pid));
  // In a container, a worker often has the process id of the one before it.
  const stats = await ifThere(stat(path));
  return stats !== null && stats.mtimeMs < Date.now() - process.uptime() * 1_000;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}
