/** `npm run bench`: what it measures and what is good enough is in `bench/goals.ts`. */
import { platform } from 'node:os';
import { parseArgs } from 'node:util';
import { freshExporters, sharedExporter, type WithExporter } from './bench/bench.ts';
import { MEASURES } from './bench/figures.ts';
import { FIGURES, type Figure, type FigureName } from './bench/goals.ts';
import { exitCodeOf, type FigureResult, goalText, judge, missedGoals } from './bench/judge.ts';
import { describeMachine, figureText, summaryText } from './bench/report.ts';
import { FULL, SMOKE } from './bench/sizes.ts';
import { findTemporalCli } from './temporal-cli/find.ts';

const MAX_RUNS = 100;
const NAMES = FIGURES.map(({ name }) => name).join(', ');
const NAME_WIDTH = 12;
const WRONG_USE = 2;

const HELP = `Usage: npm run bench -- [FIGURE …] [--runs N] [--json] [--smoke]

Measures the exporter against Temporal's dev server and the sandbox, on this machine alone, and
judges the figures by their goals. Without a FIGURE it measures all, in about 15 minutes.

${FIGURES.map(helpOf).join('\n')}

  --runs N   measure each figure so many times, 1 to ${MAX_RUNS} (default: by figure)
  --json     print one JSON document on standard output, at the end
  --smoke    tiny sizes: shows in half a minute that everything runs; no goal is judged

Exit code 0: all goals are met; 1: one is missed, or could not be measured; 2: wrong use.
Progress goes to standard error. TEMPORAL_CLI_PATH names the Temporal CLI to use.

  npm run bench -- small lanes
  npm run bench -- script --runs 5 --json
`;

class UsageError extends Error {}

interface Settings {
  readonly figures: readonly (Figure & { readonly name: FigureName })[];
  readonly runs: number | null;
  readonly isJson: boolean;
  readonly isSmoke: boolean;
}

/** `null` when only the help is wanted. */
function readArguments(args: string[]): Settings | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const unknown = positionals.filter((name) => !FIGURES.some((figure) => figure.name === name));
  if (unknown.length > 0) {
    throw new UsageError(`There is no figure ${unknown.join(', ')}. There are: ${NAMES}`);
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
  if (runs >= 1 && runs <= MAX_RUNS) return runs;
  throw new UsageError(`--runs must be a whole number from 1 to ${MAX_RUNS}, not "${text}"`);
}

function helpOf({ name, title, goals }: Figure): string {
  const lines = goals.map((goal) => `\n  ${' '.repeat(NAME_WIDTH)}${goal.name}: ${goalText(goal)}`);
  return `  ${name.padEnd(NAME_WIDTH)}${title}${lines.join('')}`;
}

/** A figure that cannot be measured leaves the others alone, and is told at the end. */
async function measure(
  figure: Settings['figures'][number],
  { runs, isSmoke }: Settings,
  withExporter: WithExporter,
): Promise<FigureResult> {
  const { name, title } = figure;
  const startedAt = performance.now();
  const progress = (text: string) => {
    const elapsed = `${Math.round(performance.now() / 1_000)} s`;
    process.stderr.write(`${elapsed.padStart(5)}  ${name}: ${text}\n`);
  };
  const result = { observations: [], error: null as string | null };
  progress('starting');
  try {
    const observations = await MEASURES[name]({
      sizes: isSmoke ? SMOKE : FULL,
      runs: runs ?? (isSmoke ? 1 : figure.runs),
      progress,
      withExporter,
    });
    Object.assign(result, { observations: judge(figure, observations, !isSmoke) });
  } catch (error) {
    result.error = error instanceof Error ? error.message : String(error);
    console.error(error);
  }
  return { name, title, seconds: (performance.now() - startedAt) / 1_000, ...result };
}

async function run(settings: Settings): Promise<number> {
  const { figures, isJson, isSmoke } = settings;
  const startedAt = performance.now();
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const machine = describeMachine((await findTemporalCli({ log })).version);
  await using stack = new AsyncDisposableStack();
  const withExporter = isSmoke ? sharedExporter(SMOKE, stack) : freshExporters(FULL);
  const results: FigureResult[] = [];
  for (const figure of figures) {
    const result = await measure(figure, settings, withExporter);
    results.push(result);
    if (!isJson) console.log(figureText(result));
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  if (isJson) {
    const document = { machine, seconds, missed: missedGoals(results), figures: results };
    console.log(JSON.stringify(document, null, 2));
  } else {
    console.log(summaryText(results, machine, seconds));
  }
  return exitCodeOf(results);
}

async function main(): Promise<void> {
  let settings: Settings | null;
  try {
    settings = readArguments(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\nnpm run bench -- --help tells more.`);
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
  process.exitCode = await run(settings);
}

await main();
