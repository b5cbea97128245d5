import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Environment } from '../../src/config/environment.ts';

const KEPT_LINES = 300;
const STOP_WITHIN_MS = 5_000;

// The watcher reads a pipe that only this process can write to: it ends when this process does,
// killed or not, and takes the server with it. $$ is the server, once exec has replaced the shell.
const SUPERVISED = `
exec 3<&0
{
  cat <&3
  kill -TERM $$
  for second in 1 2 3 4 5; do sleep 1; kill -0 $$ || exit 0; done
  kill -KILL $$
} >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null`;

/** A server process that cannot outlive this one. */
export interface ServerProcess {
  /** Settles when the server has ended, with how it ended. */
  readonly ended: Promise<string>;
  readonly hasEnded: () => boolean;
  /** What it printed: the last lines, where that was a lot. */
  readonly lastOutput: () => string;
  /** SIGTERM, then SIGKILL for a server that does not listen; settles when it has ended. */
  stop(): Promise<void>;
  /** SIGKILL; settles when it has ended. */
  kill(): Promise<void>;
}

/** Starts a server in a process group of its own, where a terminal's Ctrl-C does not reach it. */
export function startServer(
  command: readonly string[],
  env: Environment,
  output: (line: string) => void,
): ServerProcess {
  const child = spawn('sh', ['-c', SUPERVISED, 'sh', ...command], {
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      output(line);
    });
  }

  let over = false;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      over = true;
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      over = true;
      killGroup(child);
      // Its last output comes before `close`, and may come after `exit`.
      const how = code === null ? `ended by ${signal}` : `exit code ${code}`;
      child.once('close', () => resolve(how));
    });
  });
  // A caller that forgets to stop it may still end: then the watcher stops it.
  child.unref();
  for (const stream of child.stdio) (stream as { unref?(): void } | null)?.unref?.();

  return {
    ended,
    hasEnded: () => over,
    lastOutput: () => lines.join('\n'),
    async stop() {
      if (over) return;
      child.ref();
      child.kill('SIGTERM');
      const timer = setTimeout(() => killGroup(child), STOP_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    },
    async kill() {
      if (over) return;
      child.ref();
      killGroup(child);
      await ended;
    },
  };
}

// The watcher is in the group too, so its number cannot have been given to others yet.
function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
