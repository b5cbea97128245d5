/** `npm run bench`: what it measures and what is good enough is in `bench/goals.ts`. */
import { platform } from 'node:os';
import type { Script } from '../src/command-line/command.ts';
import { CommandError } from '../src/command-line/output.ts';
import type { ParsedOptions } from '../src/command-line/parse-options.ts';
import { runScript, wholeNumber } from '../src/command-line/script.ts';
import { FIGURES, type Figure } from './bench/goals.ts';
import { goalText } from './bench/judge.ts';
import type { Settings } from './bench/run.ts';

const MOST_RUNS = 100;
const NAMES = FIGURES.map(({ name }) => name).join(', ');
const NAME_WIDTH = 12;

const BENCH: Script = {
  call: 'npm run bench',
  operands: '[FIGURE …]',
  options: [
    {
      name: 'runs',
      value: 'N',
      help: `measure each figure this many times, 1 to ${MOST_RUNS} (default: by figure)`,
    },
  ],
  flags: [
    { name: 'json', help: 'print one JSON document on stdout, at the end' },
    {
      name: 'smoke',
      help: 'tiny sizes: shows in half a minute that everything runs; no goal is judged',
    },
  ],
  summary: `Measures the exporter against Temporal's dev server and the sandbox, on this machine alone, and
judges the figures by their goals. Without a FIGURE it measures all, in about 15 minutes.`,
  help: `Figures:
${FIGURES.map(helpOf).join('\n')}

Exit codes: 0 all goals are met; 1 one is missed, or could not be measured; 2 wrong usage.
Progress goes to stderr. TEMPORAL_CLI_PATH names the Temporal CLI to use.`,
  examples: ['small lanes', 'script --runs 5 --json'],
};

function settingsOf({ operands, options, flags }: ParsedOptions): Settings {
  const unknown = operands.filter((name) => !FIGURES.some((figure) => figure.name === name));
  if (unknown.length > 0) {
    throw new CommandError(2, `Unknown figure: ${unknown.join(', ')}. Known figures: ${NAMES}`);
  }
  const isWanted = ({ name }: Figure) => operands.length === 0 || operands.includes(name);
  const { runs } = options;
  return {
    figures: FIGURES.filter(isWanted),
    runs: runs === undefined ? null : wholeNumber('--runs', runs, 1, MOST_RUNS),
    isJson: flags.has('json'),
    isSmoke: flags.has('smoke'),
  };
}

function helpOf({ name, title, goals }: Figure): string {
  const lines = goals.map((goal) => `\n  ${' '.repeat(NAME_WIDTH)}${goal.name}: ${goalText(goal)}`);
  return `  ${name.padEnd(NAME_WIDTH)}${title}${lines.join('')}`;
}

async function main(typed: ParsedOptions): Promise<number> {
  const settings = settingsOf(typed);
  if (platform() !== 'linux') {
    throw new Error('The benchmark reads processor time and memory from /proc, so it needs Linux.');
  }
  // The processes that it started end with it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
  // Loaded late: it brings the exporter's parts along, which a wrong option need not wait for.
  const { run } = await import('./bench/run.ts');
  return await run(settings);
}

process.exitCode = await runScript(BENCH, process.argv.slice(2), main);
