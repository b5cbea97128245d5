import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { delimiter } from 'node:path';
import { isFree, loopback } from '../../scripts/temporal-cli/ports.ts';
import { type Running, type StartOptions, start } from '../support/processes.ts';

/** Starts a command in a folder, as from a shell there. */
export function startDemo(
  command: readonly [string, ...string[]],
  cwd: string,
  options: StartOptions = {},
): Running {
  return start(command, { cwd, env: shellEnvironment(), stdin: 'pipe', ...options });
}

/** Without what npm and vitest add to it, the pinned Node on the PATH among it. */
export function shellEnvironment(): Record<string, string | undefined> {
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

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** All of them. Small systems have no `ps`, and others no `/proc`. */
export function listProcesses(): Process[] {
  if (!existsSync('/proc/self/cmdline')) {
    const { stdout } = spawnSync('ps', ['-Awwo', 'pid=,args='], { encoding: 'utf8' });
    return [...stdout.matchAll(/^ *(\d+) (.*)$/gm)].map(([, pid, command = '']) => {
      return { pid: Number(pid), command };
    });
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(pid), command }];
    } catch {
      // It has ended since.
      return [];
    }
  });
}

/** The demo's Temporal, as long as it runs: the demo has printed its port. */
export function temporalProcesses(stdout: string): Process[] {
  const port = /Temporal +127\.0\.0\.1:(\d+)/.exec(stdout)?.[1];
  const words = `start-dev --ip 127.0.0.1 --port ${port} `;
  return listProcesses().filter(({ command }) => command.includes(words));
}
