import type { Script } from '../src/command-line/command.ts';
import { runScript } from '../src/command-line/script.ts';
import { DemoError } from './demo/demo-error.ts';
import { runDemo } from './demo/run.ts';
import { Screen } from './demo/screen.ts';

const DEMO: Script = {
  call: 'npm run demo',
  operands: null,
  options: [],
  flags: [],
  summary: `Runs exports of sample data from a sandbox of Treasure Data to a sandbox of Braze, and checks the
cohorts. Starts everything that it needs on this machine, and stops it at the end.`,
  help: 'On a terminal everything keeps running until Ctrl-C.',
};
const AT_MOST_MS = 180_000;
const NO_WRITE = new Set(['EACCES', 'ENOSPC', 'EPERM', 'EROFS']);
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 };

/** Someone wants it to end. */
class Interrupted extends Error {
  readonly signal: keyof typeof EXIT_CODES;

  constructor(signal: keyof typeof EXIT_CODES) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

async function main(): Promise<number> {
  const ending = new AbortController();
  const end = (reason: Error) => ending.abort(reason);
  // The handlers stay: npm forwards each signal, and stopping takes a moment.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => end(new Interrupted(signal)));
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => end(new Interrupted('SIGPIPE')));
  }
  const screen = new Screen(process.stdout);
  const deadline = setTimeout(() => end(tooLong()), AT_MOST_MS);
  let succeeded = false;
  try {
    await runDemo({
      screen,
      stop: ending.signal,
      fail: end,
      onSuccess: () => {
        succeeded = true;
        clearTimeout(deadline);
      },
    });
    return 0;
  } catch (error) {
    const reason: unknown = ending.signal.aborted ? ending.signal.reason : error;
    if (!(reason instanceof Interrupted)) return explain(reason, screen);
    return succeeded && reason.signal === 'SIGINT' ? 0 : EXIT_CODES[reason.signal];
  }
}

function tooLong(): DemoError {
  return new DemoError(
    `The demo did not finish within ${AT_MOST_MS / 1_000} s and was stopped. Is the machine busy? Run it again.`,
  );
}

function explain(error: unknown, screen: Screen): number {
  screen.settle();
  process.stderr.write(`\n${describe(error)}\n`);
  return 1;
}

function describe(error: unknown): string {
  if (error instanceof DemoError) return error.report();
  if (!(error instanceof Error)) return `The demo failed: ${error}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && NO_WRITE.has(code)) {
    return `The demo cannot write to the project's folders data and var: ${error.message}.`;
  }
  return `The demo failed: ${error.stack}`;
}

// Neither signals nor the children keep a process alive, and it has to wait for both.
setInterval(() => undefined, 60_000);
process.exit(await runScript(DEMO, process.argv.slice(2), main));
