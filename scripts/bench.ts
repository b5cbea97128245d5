/** `npm run bench`: what it measures and what is good enough is in `bench/goals.ts`. */
import { platform } from 'node:os';
import { parseArgs } from 'node:util';
import { FIGURES, type Figure } from './bench/goals.ts';
import { goalText } from './bench/judge.ts';
import type { Settings } from './bench/run.ts';

const MOST_RUNS = 100;
const NAMES = FIGURES.map(({ name }) => name).join(', ');
const NAME_WIDTH = 12;
const WRONG_USE = 2;

const HELP = `Usage: npm run bench -- [FIGURE …] [--runs N] [--json] [--smoke]

Measures the exporter against Temporal's dev server and the sandbox, on this machine alone, and
judges the figures by their goals. Without a FIGURE it measures all, in about 15 minutes.

${FIGURES.map(helpOf).join('\n')}

  --runs N   measure each figure this many times, 1 to ${MOST_RUNS} (default: by figure)
  --json     print one JSON document on standard output, at the end
  --smoke    tiny sizes: shows in half a minute that everything runs; no goal is judged

Exit code 0: all goals are met; 1: one is missed, or could not be measured; 2: wrong use.
Progress goes to standard error. TEMPORAL_CLI_PATH names the Temporal CLI to use.

  npm run bench -- small lanes
  npm run bench -- script --runs 5 --json
`;

class UsageError extends Error {}

/** `null` when only the help is wanted. */
function readArguments(args: string[]): Settings | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const unknown = positionals.filter((name) => !FIGURES.some((figure) => figure.name === name));
  if (unknown.length > 0) {
    throw new UsageError(`Unknown figure: ${unknown.join(', ')}. Known figures: ${NAMES}`);
  }
  const isWanted = ({ name }: Figure) => positionals.length === 0 || positionals.includes(name);
  return {
    figures: FIGURES.filter(isWanted),
    runs: values.runs === undefined ? null : readRuns(values.runs),
    isJson: values.json ?? false,
    isSmoke: values.smoke ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      strict: true,
      allowPositionals: true,
      options: {
        runs: { type: 'string' },
        json: { type: 'boolean' },
        smoke: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readRuns(text: string): number {
  const runs = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (runs >= 1 && runs <= MOST_RUNS) return runs;
  throw new UsageError(`--runs must be a whole number from 1 to ${MOST_RUNS}, not "${text}"`);
}

function helpOf({ name, title, goals }: Figure): string {
  const lines = goals.map((goal) => `\n  ${' '.repeat(NAME_WIDTH)}${goal.name}: ${goalText(goal)}`);
  return `  ${name.padEnd(NAME_WIDTH)}${title}${lines.join('')}`;
}

async function main(): Promise<void> {
  let settings: Settings | null;
  try {
    settings = readArguments(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\nnpm run bench -- --help says more.`);
    process.exitCode = WRONG_USE;
    return;
  }
  if (settings === null) {
    process.stdout.write(HELP);
    return;
  }
  if (platform() !== 'linux') {
    throw new Error('The benchmark reads processor time and memory from /proc, so it needs Linux.');
  }
  // The processes that it started end with it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
  // Loaded late: it brings the exporter's parts along, which a wrong option need not wait for.
  const { run } = await import('./bench/run.ts');
  process.exitCode = await run(settings);
}

await main();
