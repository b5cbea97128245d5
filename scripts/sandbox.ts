import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Sandbox, startSandbox } from '../sandbox/server.ts';
import { ensureSampleData } from './sample-data.ts';

const DEFAULT_PORT = 8787;
const MAX_PORT = 65_535;
const MAX_LATENCY_MS = 600_000;

const HELP = `Usage: npm run sandbox -- [--port N] [--data DIR] [--latency MS] [--partner NAME]

Runs stand-ins for Braze's cohort import API and Treasure Data's API on 127.0.0.1, until Ctrl-C.
Open its URL to watch.
When it is ready it prints one line of JSON: its URL and the keys that it accepts.

  --port N        listen here; 0 is any free port (default ${DEFAULT_PORT}, or a free one if it is taken)
  --data DIR      the CSV, Parquet and JSON files that are Treasure Data's tables
                  (default the demo's sample data)
  --latency MS    respond as Braze this many milliseconds after a request, 0 to ${MAX_LATENCY_MS} (default 0)
  --partner NAME  the partner's segment in Braze's paths: letters, digits, "_", "-" and "."
                  (default treasure_data)
`;

class UsageError extends Error {}

interface Settings {
  readonly port: number | undefined;
  readonly latencyMs: number;
  readonly partnerName: string | undefined;
  readonly dataDirectory: string | undefined;
}

/** `null` when only the help is wanted. */
function readArguments(args: string[]): Settings | null {
  const { values } = parse(args);
  if (values.help) return null;
  if (values.partner !== undefined && !/^\w[\w.-]*$/.test(values.partner)) {
    throw new UsageError('--partner must be letters, digits, "_", "-" and "."');
  }
  return {
    port: values.port === undefined ? undefined : readNumber('--port', values.port, MAX_PORT),
    latencyMs: readNumber('--latency', values.latency ?? '0', MAX_LATENCY_MS),
    partnerName: values.partner,
    dataDirectory: values.data === undefined ? undefined : readDirectory(values.data),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      strict: true,
      allowPositionals: false,
      options: {
        port: { type: 'string' },
        data: { type: 'string' },
        latency: { type: 'string' },
        partner: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readNumber(option: string, text: string, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= max) return value;
  throw new UsageError(`${option} must be a whole number from 0 to ${max}, not "${text}"`);
}

/** npm starts scripts in the project's directory; what a user types is relative to their own. */
function readDirectory(path: string): string {
  const absolute = resolve(process.env.INIT_CWD ?? process.cwd(), path);
  const isDirectory = statSync(absolute, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (path === '' || !isDirectory) {
    throw new UsageError(`--data must be an existing directory; "${absolute}" is not`);
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

async function main(): Promise<void> {
  let settings: Settings | null;
  try {
    settings = readArguments(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${HELP.trimEnd()}`);
    process.exitCode = 2;
    return;
  }
  if (settings === null) {
    process.stdout.write(HELP);
    return;
  }

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
    process.exitCode = 1;
    return;
  }
  const { url, braze, treasureData } = sandbox;
  process.stdout.write(`${JSON.stringify({ url, braze, treasureData })}\n`);
}

await main();
