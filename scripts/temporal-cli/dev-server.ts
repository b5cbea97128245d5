import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { Environment } from '../../src/config/environment.ts';
import { lastLines } from '../setup/child.mjs';
import { findTemporalCli } from './find.ts';
import { isFree, loopback, nextFree } from './ports.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const FIRST_PORT = 7233;
const UI_OFFSET = 1_000;
const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
const ATTEMPTS = 5;
const SHOWN_LINES = 20;
const LOST_RACE = /address already in use|^panic:/m;
const SURELY_OURS_MS = 5_000;
const NAMESPACE = 'default';

/** How to start a Temporal dev server; everything is optional. */
export interface TemporalServerOptions {
  /** This port or an error; without it the first free one from `portsFrom` on. */
  port?: number;
  /** This port or an error; without it the first free one from the server's port + 1000 on. */
  uiPort?: number;
  /** Where the search for a free port starts. Default 7233, Temporal's own. */
  portsFrom?: number;
  /** No Web UI. */
  headless?: boolean;
  /** Custom search attributes: name → `Keyword`, `Int`, `Text`, `Double`, `Bool`, `Datetime`. */
  searchAttributes?: Record<string, string>;
  /** The server's own settings by name, such as `limit.historyCount.suggestContinueAsNew`. */
  dynamicConfig?: Record<string, string>;
  /** Keeps the data in this file; without it they end with the server. */
  dbFile?: string;
  /** Called with what takes long if the Temporal CLI must be prepared first. */
  log?: (line: string) => void;
  /** Called with what the server prints. */
  output?: (line: string) => void;
  env?: Environment;
}

/** A dev server that is ready. */
export interface TemporalServer {
  /** For clients and workers: `127.0.0.1:7233`. */
  address: string;
  /** The Web UI, or null with `headless`. */
  uiUrl: string | null;
  namespace: string;
  cliPath: string;
  /** Settles when the server has ended for any reason, with how it ended. */
  ended: Promise<string>;
  /** Ends the server; settles when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts `temporal server start-dev` on the loopback interface and waits until it responds.
 * The server ends with this process at the latest, however this process ends.
 */
export async function startTemporalServer(
  options: TemporalServerOptions = {},
): Promise<TemporalServer> {
  const { env = process.env, log = () => undefined, output = () => undefined } = options;
  const { path: cliPath } = await findTemporalCli({ env, log });

  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(options);
    const server = startServer(
      commandLine(cliPath, ports, options),
      serverEnvironment(env),
      output,
    );
    const address = `${loopback}:${ports.port}`;
    try {
      await untilReady(server, address);
    } catch (error) {
      // Another process was faster between the look at the ports and their use, which the
      // server reports as an error or a panic. Another look finds free ones, or says so.
      const lostRace = server.hasEnded() && LOST_RACE.test(server.lastOutput());
      await server.stop();
      if (lostRace && attempt < ATTEMPTS) continue;
      throw error;
    }
    const uiUrl = ports.uiPort === null ? null : `http://${loopback}:${ports.uiPort}`;
    const { ended } = server;
    return { address, uiUrl, namespace: NAMESPACE, cliPath, ended, stop: () => server.stop() };
  }
}

interface Ports {
  port: number;
  uiPort: number | null;
}

async function choosePorts(options: TemporalServerOptions): Promise<Ports> {
  const port =
    options.port === undefined
      ? await nextFree(options.portsFrom ?? FIRST_PORT)
      : await given(options.port, 'Temporal');
  if (options.headless) return { port, uiPort: null };
  const uiPort =
    options.uiPort === undefined
      ? await nextFree(port + UI_OFFSET, [port])
      : await given(options.uiPort, "Temporal's Web UI");
  return { port, uiPort };
}

async function given(port: number, what: string): Promise<number> {
  if (await isFree(port)) return port;
  throw new Error(
    `Port ${port} on ${loopback}, which is meant for ${what}, is in use. ` +
      'Stop what uses it, or choose another port.',
  );
}

function commandLine(cliPath: string, ports: Ports, options: TemporalServerOptions): string[] {
  const command = [cliPath, 'server', 'start-dev', '--ip', loopback, '--port', `${ports.port}`];
  if (ports.uiPort === null) command.push('--headless');
  else command.push('--ui-port', `${ports.uiPort}`);
  if (options.dbFile !== undefined) command.push('--db-filename', options.dbFile);
  for (const [name, type] of Object.entries(options.searchAttributes ?? {})) {
    command.push('--search-attribute', `${name}=${type}`);
  }
  // A development server has no business with Temporal's version service.
  const settings = { 'frontend.enableServerVersionCheck': 'false', ...options.dynamicConfig };
  for (const [name, value] of Object.entries(settings)) {
    command.push('--dynamic-config-value', `${name}=${value}`);
  }
  return command;
}

// TEMPORAL_ADDRESS, TEMPORAL_PROFILE and the like are meant for clients of another server.
function serverEnvironment(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^TEMPORAL_/.test(name)));
}

async function untilReady(server: ServerProcess, address: string): Promise<void> {
  const started = Date.now();
  const age = () => Date.now() - started;
  let reason = 'it did not report that it listens';
  // Asked at once, another server could respond while ours is about to find the port in use.
  // So ours first says where it listens, in words that may change, or has had the time to fail.
  const listens = new RegExp(`Server:\\s+\\S+:${address.split(':')[1]}\\b`);
  while (!server.hasEnded() && age() < READY_WITHIN_MS) {
    if (listens.test(server.lastOutput()) || age() > SURELY_OURS_MS) {
      try {
        return await askNamespace(address);
      } catch (error) {
        reason = String(error);
      }
    }
    await Promise.race([delay(POLL_MS), server.ended]);
  }
  const how = server.hasEnded()
    ? `ended at once (${await server.ended})`
    : `did not respond at ${address} within ${READY_WITHIN_MS / 1_000} s (${reason})`;
  const said = lastLines(server.lastOutput(), SHOWN_LINES).replace(/^/gm, '  | ');
  throw new Error(`The Temporal dev server ${how}. Its last lines:\n${said}`);
}

async function askNamespace(address: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    await connection.withDeadline(Date.now() + 2_000, () =>
      connection.workflowService.describeNamespace({ namespace: NAMESPACE }),
    );
  } finally {
    await connection.close();
  }
}
