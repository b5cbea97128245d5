/** `npm run test:soak`: exports under random faults. */
import type { Script } from '../../src/command-line/command.ts';
import type { ParsedOptions } from '../../src/command-line/parse-options.ts';
import { runScript, wholeNumber } from '../../src/command-line/script.ts';

const MOST_MINUTES = 24 * 60;
const MOST_SEED = 999_999_999;

const SOAK: Script = {
  call: 'npm run test:soak',
  operands: null,
  options: [
    {
      name: 'minutes',
      value: 'N',
      help: `how long faults happen, 1 to ${MOST_MINUTES} (default 20)`,
    },
    { name: 'seed', value: 'N', help: 'what happens, in which order (default: a new one)' },
  ],
  flags: [],
  summary: `Runs exports over five cohorts while requests fail, workers are killed, Temporal restarts, and
exports are cancelled, terminated and paused; then compares each cohort with what its exports say.`,
  help: `The same seed gives the same exports and faults in the same order; what meets what also depends on
the machine.

Exit codes: 0 no difference; 1 there is one; 2 wrong usage.
Progress goes to stderr, the figures go to stdout as JSON. TEMPORAL_CLI_PATH names the Temporal CLI to use.`,
  examples: ['--minutes 1 --seed 7'],
};

async function main({ options }: ParsedOptions): Promise<number> {
  const minutes = wholeNumber('--minutes', options.minutes ?? '20', 1, MOST_MINUTES);
  const random = `${Math.floor(Math.random() * MOST_SEED)}`;
  const seed = wholeNumber('--seed', options.seed ?? random, 0, MOST_SEED);
  // Loaded late: a wrong option need not wait for it.
  const { soak } = await import('./soak.ts');
  const started = performance.now();
  const log = (line: string) => {
    const seconds = Math.round((performance.now() - started) / 1_000);
    process.stderr.write(`${String(seconds).padStart(5)} s  ${line}\n`);
  };
  const figures = await soak({ minutes, seed, log });
  console.log(JSON.stringify({ minutes, seed, ...figures }, null, 2));
  return figures.differences.length === 0 ? 0 : 1;
}

process.exitCode = await runScript(SOAK, process.argv.slice(2), main);
