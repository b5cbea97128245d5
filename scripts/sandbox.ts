import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Sandbox, startSandbox } from '../sandbox/server.ts';
import { callerDirectory } from '../src/command-line/caller-directory.ts';
import type { Script } from '../src/command-line/command.ts';
import { type ParsedOptions, WrongUsage } from '../src/command-line/parse-options.ts';
import { runScript, wholeNumber } from '../src/command-line/script.ts';
import { ensureSampleData } from './sample-data.ts';

const DEFAULT_PORT = 8787;
const MAX_PORT = 65_535;
const MAX_LATENCY_MS = 600_000;

const SANDBOX: Script = {
  call: 'npm run sandbox',
  operands: null,
  options: [
    {
      name: 'port',
      value: 'N',
      help: `the port to listen on, or 0 for any free one (default ${DEFAULT_PORT}, or a free one if it is taken)`,
    },
    {
      name: 'data',
      value: 'DIR',
      help: "directory of the CSV, Parquet and JSON files to serve as Treasure Data's tables (default the demo's)",
    },
    {
      name: 'latency',
      value: 'MS',
      help: `Braze responds this many milliseconds after a request, 0 to ${MAX_LATENCY_MS} (default 0)`,
    },
    {
      name: 'partner',
      value: 'NAME',
      help: 'the partner\'s segment in Braze\'s paths: letters, digits, "_", "-" and "." (default treasure_data)',
    },
  ],
  flags: [],
  summary: `Runs stand-ins for Braze's cohort import API and Treasure Data's API on 127.0.0.1, until Ctrl-C.
Open its URL to watch.`,
  help: 'When it is ready it prints one line of JSON: its URL and the keys that it accepts.',
};

interface Settings {
  readonly port: number | undefined;
  readonly latencyMs: number;
  readonly partnerName: string | undefined;
  readonly dataDirectory: string | undefined;
}

function settingsOf({ options }: ParsedOptions): Settings {
  const { port, data, latency = '0', partner } = options;
  if (partner !== undefined && !/^\w[\w.-]*$/.test(partner)) {
    throw new WrongUsage('--partner must be letters, digits, "_", "-" and "."');
  }
  return {
    port: port === undefined ? undefined : wholeNumber('--port', port, 0, MAX_PORT),
    latencyMs: wholeNumber('--latency', latency, 0, MAX_LATENCY_MS),
    partnerName: partner,
    dataDirectory: data === undefined ? undefined : readDirectory(data),
  };
}

/** npm starts scripts in the project's directory; what a user types is relative to their own. */
function readDirectory(path: string): string {
  const absolute = resolve(callerDirectory, path);
  const isDirectory = statSync(absolute, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (path === '' || !isDirectory) {
    throw new WrongUsage(`--data must be an existing directory; "${absolute}" is not`);
  }
  return absolute;
}

/** A port that was asked for is used or refused; the default one gives way to any free port. */
async function start({ port, ...settings }: Settings): Promise<Sandbox> {
  const options = {
    ...settings,
    dataDirectory: settings.dataDirectory ?? (await ensureSampleData()),
  };
  try {
    return await startSandbox({ ...options, port: port ?? DEFAULT_PORT });
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (port !== undefined || !isTaken) throw error;
    console.error(`Port ${DEFAULT_PORT} is in use; using a free one.`);
    return startSandbox({ ...options, port: 0 });
  }
}

function explain(error: NodeJS.ErrnoException, port: number | undefined): string {
  const advice = 'Choose another with --port, or use --port 0 for any free port.';
  if (error.code === 'EADDRINUSE') return `Port ${port} is in use. ${advice}`;
  if (error.code === 'EACCES')
    return `This account is not permitted to use port ${port}. ${advice}`;
  return `The sandbox could not start: ${error.message}`;
}

async function main(typed: ParsedOptions): Promise<number> {
  const settings = settingsOf(typed);
  let sandbox: Sandbox | null = null;
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void (sandbox?.close() ?? Promise.resolve()).finally(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  try {
    sandbox = await start(settings);
  } catch (error) {
    console.error(explain(error as NodeJS.ErrnoException, settings.port));
    return 1;
  }
  const { url, braze, treasureData } = sandbox;
  process.stdout.write(`${JSON.stringify({ url, braze, treasureData })}\n`);
  return 0;
}

process.exitCode = await runScript(SANDBOX, process.argv.slice(2), main);
