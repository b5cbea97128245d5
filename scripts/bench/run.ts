import { findTemporalCli } from '../temporal-cli/find.ts';
import { freshExporters, sharedExporter, type WithExporter } from './bench.ts';
import { MEASURES } from './figures.ts';
import type { Figure, FigureName } from './goals.ts';
import { exitCodeOf, type FigureResult, judge, missedGoals } from './judge.ts';
import { describeMachine, figureText, summaryText } from './report.ts';
import { FULL, SMOKE } from './sizes.ts';

/** What the command line asks for. */
export interface Settings {
  readonly figures: readonly (Figure & { readonly name: FigureName })[];
  /** `null`: as often as each figure's own default. */
  readonly runs: number | null;
  readonly isJson: boolean;
  readonly isSmoke: boolean;
}

/** Measures, prints, and returns the exit code. */
export async function run(settings: Settings): Promise<number> {
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

/** A figure that cannot be measured does not stop the others, and is reported at the end. */
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
