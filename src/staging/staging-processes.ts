import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { errorCode } from '../domain/error-code.ts';
import { ExportError } from '../domain/failures.ts';
import type { QueryMemory } from '../domain/source-port.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import { fromFailed, toFailed } from './failed.ts';
import type { Scratch } from './scratch.ts';
import type {
  StagingProcessAnswer,
  StagingProcessInput,
  StagingProcessMessage,
  StagingTask,
} from './staging-task.ts';
import type { Store } from './store.ts';

/**
 * Starting a process takes a third of a second of a core. Beside a task, or beside what an export does
 * right after it, that would make a small export twice as slow.
 */
const PREPARE_AFTER_MS = 500;
const GONE_WITHIN_MS = 5_000;

/** In MB. Nearly all that is read is garbage soon: V8's own 16 costs 15 to 100 MB, and saves no time. */
const MAX_SEMI_SPACE = '--max-semi-space-size=8';

/** Node needs as much to start, whatever a query may use. */
const LEAST_HEAP_MB = 256;

const MAIN = fileURLToPath(new URL('./staging-process-main.ts', import.meta.url));

export interface StagingProcessesOptions extends QueryMemory {
  readonly store: Pick<Store, 'toOpen' | 'askSecrets'>;
  readonly scratch: Pick<Scratch, 'directory'>;
  /** Absolute: where this program keeps what it can make again. */
  readonly cacheDirectory: string;
  /**
   * The URLs of the modules to load before the first task, besides the store's; later ones load those
   * of the previous task.
   */
  readonly modules: readonly string[];
  /** Variables that tell Node which certificates to trust. */
  readonly certificates: Readonly<Record<string, string>>;
}

export interface StagingOptions {
  readonly signal: AbortSignal;
  /** Called with the rows read so far, about once a second. */
  readonly onProgress: (rows: number) => void;
}

/**
 * Runs queries and stages their rows, each in a process of its own: a cancel ends it at once, and a
 * query that runs out of memory does not harm the worker. One process is kept ready,
 * as starting one takes longer than a small export; a task that finds none starts its own.
 */
export class StagingProcesses {
  readonly #options: StagingProcessesOptions;
  /** What the next task probably needs: loading all takes twice as long. */
  #modules: readonly string[];
  #spare: ChildProcess | null = null;
  #preparing: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: StagingProcessesOptions) {
    this.#options = options;
    this.#modules = options.modules;
    this.#prepare();
  }

  /** @throws ExportError, or the signal's reason */
  async run(task: StagingTask, { signal, onProgress }: StagingOptions): Promise<StagedRows> {
    signal.throwIfAborted();
    // Disposed after all else: the process may write there for as long as it lives.
    await using stack = new AsyncDisposableStack();
    this.#modules = [task.source.reader, task.format];
    const child = this.#spare ?? this.#spawn();
    this.#spare = null;
    // Those of the spare; Node has listeners of its own for the channel.
    child.removeAllListeners('error').removeAllListeners('exit');
    child.ref();
    child.channel?.ref();
    const outcome = Promise.withResolvers<StagedRows>();
    // It may be rejected before it is awaited.
    outcome.promise.catch(() => undefined);
    const stop = () => {
      child.kill('SIGKILL');
      outcome.reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    child.on('message', (message: StagingProcessMessage) => {
      if ('rows' in message) onProgress(message.rows);
      else if ('asksSecrets' in message) void this.#answer(child, message.asksSecrets.renew);
      else if ('staged' in message) outcome.resolve(message.staged);
      else outcome.reject(fromFailed(message.failed));
    });
    const gone = Promise.withResolvers<void>();
    child.on('error', (error) => {
      outcome.reject(notStarted(error));
      gone.resolve();
    });
    child.on('exit', (code, killedBy) => {
      outcome.reject(endedEarly(code, killedBy));
      gone.resolve();
    });
    clearTimeout(this.#preparing);
    try {
      const { store, memoryMb, isMemoryShare, scratch } = this.#options;
      const spill = stack.use(await scratch.directory());
      const reading = { spillDirectory: spill.path, memoryMb, isMemoryShare };
      const input: StagingProcessInput = { ...task, store: store.toOpen, reading };
      child.send(input, (error) => error && outcome.reject(notStarted(error)));
      return await outcome.promise;
    } finally {
      signal.removeEventListener('abort', stop);
      child.kill('SIGKILL');
      // One that hangs in a read of a network disk may not even end by a signal.
      await Promise.race([gone.promise, delay(GONE_WITHIN_MS, undefined, { ref: false })]);
      this.#prepareSoon();
    }
  }

  /** Ends the process that is kept ready. Those with a task are ended by its signal. */
  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#preparing);
    this.#spare?.kill('SIGKILL');
    this.#spare = null;
  }

  /** Over the channel, as what the process is started with can be seen by others. */
  async #answer(child: ChildProcess, renew: boolean): Promise<void> {
    const answer: StagingProcessAnswer = await this.#options.store.askSecrets(renew).then(
      (secrets) => ({ secrets }),
      (error: unknown) => ({ failed: toFailed(error) }),
    );
    // It may have been ended meanwhile.
    if (child.connected) child.send(answer, () => undefined);
  }

  #prepareSoon(): void {
    clearTimeout(this.#preparing);
    this.#preparing = setTimeout(() => this.#prepare(), PREPARE_AFTER_MS).unref();
  }

  #prepare(): void {
    if (this.#closed || this.#spare !== null) return;
    const child = this.#spawn();
    // Where it cannot start, the task that needs one tries again, and says why it failed.
    const drop = () => {
      if (this.#spare === child) this.#spare = null;
    };
    child.once('error', drop).once('exit', drop);
    // Without a dispose this process can still exit, and ends the spare with it.
    child.unref();
    child.channel?.unref();
    this.#spare = child;
  }

  #spawn(): ChildProcess {
    const { store, cacheDirectory, certificates, memoryMb } = this.#options;
    const maxHeap = `--max-old-space-size=${Math.max(memoryMb, LEAST_HEAP_MB)}`;
    const modules = [store.toOpen.module, ...this.#modules];
    return spawn(process.execPath, [MAX_SEMI_SPACE, maxHeap, MAIN, ...modules], {
      // It is always there, and nothing is named relative to it.
      cwd: '/',
      // Nothing else of the worker's environment, where credentials are, reaches the query.
      env: {
        ...certificates,
        TZ: 'UTC',
        // One of glibc's arenas for each of DuckDB's threads would keep tens of MB that nobody uses.
        MALLOC_ARENA_MAX: '2',
        // Processes start in half the time with it. If it cannot be written, Node does without.
        NODE_COMPILE_CACHE: join(cacheDirectory, 'compile-cache'),
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }
}

function notStarted(error: Error): ExportError {
  return new ExportError(
    'StagingFailed',
    `The process that runs the query could not be started (${errorCode(error)}). Check the memory and the process limit of the worker's machine.`,
    'backoff',
  );
}

function endedEarly(code: number | null, killedBy: NodeJS.Signals | null): ExportError {
  return new ExportError(
    'StagingFailed',
    `The process that runs the query exited unexpectedly (${killedBy ?? `exit code ${code}`}). If it ran out of memory, give the machine more or let the query sort and join less.`,
    'backoff',
  );
}
