import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** Processor seconds of a process and of its children that have ended. Linux only. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field, the command's name, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number);
  const ticks = [user, system, childrenUser, childrenSystem].reduce<number>(
    (a, b) => a + (b ?? 0),
    0,
  );
  return ticks / TICKS_PER_SECOND;
}

export interface NodeProcess extends AsyncDisposable {
  readonly pid: number;
  /** Resolves with the first line that a test of it accepts. */
  readonly line: (accepts: (line: string) => boolean) => Promise<string>;
}

/** Starts a script of this project; its output is heard by `line` only. */
export function startNode(
  script: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Record<string, string> },
): NodeProcess {
  const child: ChildProcess = spawn(process.execPath, [script, ...args], {
    cwd: options.cwd,
    env: { ...process.env, INIT_CWD: options.cwd, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const tell of waiting) tell(line);
    });
  }
  return {
    pid: child.pid as number,
    line: (accepts) => {
      const found = lines.find(accepts);
      if (found !== undefined) return Promise.resolve(found);
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      waiting.add((line) => {
        if (accepts(line)) resolve(line);
      });
      void exited.then(() => reject(new Error(`${script} ended:\n${lines.slice(-20).join('\n')}`)));
      return promise;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
