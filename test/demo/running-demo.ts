import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { delimiter } from 'node:path';
import { onTestFinished } from 'vitest';
import { isFree, loopback } from '../../scripts/temporal-cli/ports.ts';

/** A demo under way. */
export interface RunningDemo {
  readonly child: ChildProcess;
  /** Resolves to what matched as soon as stdout has it. */
  readonly saw: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Starts a command in a folder, as from a shell there; it is killed with the test at the latest. */
export function startDemo(command: readonly string[], cwd: string): RunningDemo {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd, env: shellEnvironment(), stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, stdout, stderr }));
  const saw = async (pattern: RegExp) => {
    for (;;) {
      const match = pattern.exec(stdout);
      if (match !== null) return match;
      if (child.exitCode !== null) throw new Error(`${pattern} is not in:\n${stdout}\n${stderr}`);
      await Promise.race([once(child.stdout, 'data'), ended]);
    }
  };
  return { child, saw, ended };
}

/** Without what npm and vitest add to it, the pinned Node on the PATH among it. */
function shellEnvironment(): Record<string, string | undefined> {
  const own =
    /^(npm_|VITEST|NODE_ENV$|INIT_CWD$|TEST$|DEV$|PROD$|MODE$|SSR$|BASE_URL$|FORCE_COLOR$)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  const folders = (env.PATH ?? '').split(delimiter);
  const path = folders.filter((folder) => !folder.includes('node_modules'));
  return { ...env, PATH: path.join(delimiter) };
}

/** Takes ports until they are given back; those that others have already are as good. */
export async function takePorts(ports: readonly number[]): Promise<() => void> {
  const servers: Server[] = [];
  for (const port of ports) {
    if (!(await isFree(port))) continue;
    const server = createServer().listen(port, loopback);
    await once(server, 'listening');
    servers.push(server);
  }
  return () => {
    for (const server of servers) server.close();
  };
}

/** The ports that a demo printed. */
export function printedPorts(stdout: string): number[] {
  const ports = [...stdout.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
  return [...new Set(ports)];
}

/** Of all processes. Small systems have no `ps`, and others no `/proc`. */
export function commandLines(): string[] {
  if (!existsSync('/proc/self/cmdline')) {
    return spawnSync('ps', ['-Awwo', 'args'], { encoding: 'utf8' }).stdout.split('\n');
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      // It has ended since.
      return [];
    }
  });
}
