import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const KEPT_LINES = 200;
const SHOWN_LINES = 20;
const running = new Set<ChildProcess>();

// A worker or a sandbox of a benchmark that was interrupted would otherwise run forever.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface NodeProcess extends AsyncDisposable {
  readonly pid: number;
  /** Resolves with the first line that a test of it accepts. */
  readonly line: (accepts: (line: string) => boolean) => Promise<string>;
  /** Resolves when it has ended for any reason. */
  readonly ended: Promise<unknown>;
}

/** Starts a script of this project; its output is heard by `line` only. */
export function startNode(
  script: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: NodeJS.ProcessEnv;
    /** Options of Node itself. */
    readonly nodeOptions?: readonly string[];
  },
): NodeProcess {
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), script, ...args], {
    cwd: options.cwd,
    env: { ...(options.env ?? process.env), INIT_CWD: options.cwd },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = once(child, 'exit').finally(() => running.delete(child));
  const lines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      for (const tell of waiting) tell(line);
    });
  }
  return {
    pid: child.pid as number,
    ended,
    line: (accepts) => {
      const found = lines.find(accepts);
      if (found !== undefined) return Promise.resolve(found);
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const hear = (line: string) => {
        if (!accepts(line)) return;
        waiting.delete(hear);
        resolve(line);
      };
      waiting.add(hear);
      const fail = () =>
        reject(new Error(`${script} ended:\n${lines.slice(-SHOWN_LINES).join('\n')}`));
      ended.then(fail, fail);
      return promise;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
