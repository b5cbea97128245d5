// Types of the plain JavaScript that set-up shares with the TypeScript beside it. They are
// ambient because declaration files next to the sources mislead the linter's import rule.
declare module '*/setup/child.mjs' {
  import type { StdioOptions } from 'node:child_process';

  /** Thrown when a signal ended the wait for a child; `exitCode` is what a shell would report. */
  export class Interrupted extends Error {
    readonly signal: NodeJS.Signals;
    readonly exitCode: number;
  }

  export interface ChildOptions {
    cwd?: string;
    env?: Record<string, string | undefined>;
    /** Default: no input, output captured. */
    stdio?: StdioOptions;
    /** Kills the child when it fires. */
    abort?: AbortSignal;
  }

  export interface ChildResult {
    code: number | null;
    signal: NodeJS.Signals | null;
    /** What was piped of stdout and stderr: the end of it, where it was long. */
    output: string;
  }

  /** Runs a command to its end; rejects only if it cannot start, or with {@link Interrupted}. */
  export function runChild(
    command: string,
    args: readonly string[],
    options?: ChildOptions,
  ): Promise<ChildResult>;

  /** The last lines of a command's output that say something, for an error message. */
  export function lastLines(output: string, count: number): string;
}

declare module '*/setup/lock.mjs' {
  /**
   * Runs `work` while no other process holds the lock at `path`, and returns what it returns.
   * The lock of a process that has died is taken over. `onWait` hears once whom this one waits for.
   */
  export function withLock<T>(
    path: string,
    work: () => Promise<T>,
    onWait?: (pid: number) => void,
  ): Promise<T>;

  /** Whether a living process holds the lock at `path`. */
  export function isLocked(path: string): Promise<boolean>;
}

declare module '*/setup/progress.mjs' {
  /**
   * Shows that something long still goes on: a line that counts the seconds on a terminal,
   * a line a minute elsewhere. Returns the function that ends it and tells the seconds it took.
   */
  export function startProgress(
    text: string,
    say: (line: string) => void,
    terminal?: { isTTY?: boolean; write(text: string): unknown },
  ): () => number;
}
