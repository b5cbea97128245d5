import type { Figure, Goal } from './goals.ts';

/** What was seen of one quantity, once for each run. */
export interface Observation {
  readonly name: string;
  /** Empty for a ratio. */
  readonly unit: string;
  readonly values: readonly number[];
}

export interface Judged extends Observation {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly goal: Goal | null;
  /** `null` if there is no goal, or goals are not judged. */
  readonly isMet: boolean | null;
}

export interface FigureResult {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly observations: readonly Judged[];
  /** Why it could not be measured. */
  readonly error: string | null;
}

export function spreadOf(values: readonly number[]): { min: number; median: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = sorted.length / 2;
  const median = (at(Math.ceil(middle) - 1) + at(Math.floor(middle))) / 2;
  return { min: at(0), median, max: at(sorted.length - 1) };
}

/** Ratios of runs that were taken in turns, pair by pair. */
export function ratios(of: readonly number[], to: readonly number[]): number[] {
  return of.map((value, run) => value / (to[run] ?? Number.NaN));
}

/** A goal for which nothing was observed is an error of the benchmark itself. */
export function judge(
  figure: Figure,
  observations: readonly Observation[],
  isJudging: boolean,
): Judged[] {
  const isSeen = ({ name, unit }: Goal) =>
    observations.some((observation) => observation.name === name && observation.unit === unit);
  const unseen = figure.goals.filter((goal) => !isSeen(goal)).map(({ name }) => name);
  if (unseen.length > 0) throw new Error(`${figure.name} did not observe ${unseen.join(', ')}`);
  return observations.map((observation) => {
    const spread = spreadOf(observation.values);
    const goal = figure.goals.find(({ name }) => name === observation.name) ?? null;
    const isMet = goal === null || !isJudging ? null : meets(goal, spread);
    return { ...observation, ...spread, goal, isMet };
  });
}

/** What is not a number is never good enough. */
function meets(goal: Goal, { min, median, max }: ReturnType<typeof spreadOf>): boolean {
  const { atLeast = -Infinity, atMost = Infinity, judgedBy } = goal;
  const [least, most] = judgedBy === 'worst' ? [min, max] : [median, median];
  return least >= atLeast && most <= atMost;
}

export function goalText({ atLeast, atMost, unit }: Goal): string {
  const limit = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  return `${limit} ${unit}`.trimEnd();
}

export function missedGoals(results: readonly FigureResult[]): string[] {
  return results.flatMap(({ observations }) =>
    observations.filter(({ isMet }) => isMet === false).map(({ name }) => name),
  );
}

/** 0 where every goal was met; 1 where one was missed or could not be measured. */
export function exitCodeOf(results: readonly FigureResult[]): number {
  const isIncomplete = results.some(({ error }) => error !== null);
  return isIncomplete || missedGoals(results).length > 0 ? 1 : 0;
}
