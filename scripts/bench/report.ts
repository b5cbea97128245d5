import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { type FigureResult, goalText, type Judged, missedGoals } from './judge.ts';

const NAME_WIDTH = 36;
const NUMBER_WIDTH = 12;
const GB = 1e9;

/** What the figures were taken on. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  /** Processes that were at work when it began: figures of a busy machine are worse. */
  readonly loadAtStart: number;
  readonly node: string;
  readonly temporalCli: string;
}

export function describeMachine(temporalCli: string): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() || 'unknown',
    memoryGb: Math.round(totalmem() / GB),
    loadAtStart: loadavg()[0] ?? 0,
    node: process.version,
    temporalCli,
  };
}

export function figureText({ name, title, seconds, observations, error }: FigureResult): string {
  const head = `${name}: ${title} (${Math.round(seconds)} s)`;
  if (error !== null) return `${head}\n  could not be measured: ${error}\n`;
  const columns = ['min', 'median', 'max'].map((column) => column.padStart(NUMBER_WIDTH)).join('');
  const width = NAME_WIDTH - 2;
  const runs = Math.max(...observations.map(({ values }) => values.length));
  const lines = observations.map((observation) => `  ${line(observation)}`.trimEnd());
  return [head, `  ${`runs: ${runs}`.padEnd(width)}${columns}`, ...lines, ''].join('\n');
}

export function summaryText(
  results: readonly FigureResult[],
  machine: Machine,
  seconds: number,
): string {
  const { cores, processor, memoryGb, loadAtStart, node, temporalCli } = machine;
  const missed = missedGoals(results);
  const failed = results.filter(({ error }) => error !== null).map(({ name }) => name);
  const judged = results.flatMap(({ observations }) =>
    observations.filter(({ isMet }) => isMet !== null),
  );
  return [
    `machine: ${cores} cores (${processor}), ${memoryGb} GB, load ${loadAtStart.toFixed(1)} at the start, Node ${node}, Temporal CLI ${temporalCli}`,
    `duration: ${Math.round(seconds)} s`,
    ...(failed.length > 0 ? [`not measured: ${failed.join(', ')}`] : []),
    judged.length === 0
      ? 'no goals were judged'
      : `goals: ${judged.length - missed.length} of ${judged.length} met${missed.length > 0 ? `; missed: ${missed.join(', ')}` : ''}`,
  ].join('\n');
}

function line({ name, unit, min, median, max, goal, isMet }: Judged): string {
  const label = unit === '' ? name : `${name}, ${unit}`;
  const numbers = [min, median, max].map((value) => rounded(value).padStart(NUMBER_WIDTH)).join('');
  if (goal === null) return `${label.padEnd(NAME_WIDTH - 2)}${numbers}`;
  const verdict = isMet === null ? '' : isMet ? '  met' : '  MISSED';
  const worst = goal.judgedBy === 'worst' ? ' in each run' : '';
  return `${label.padEnd(NAME_WIDTH - 2)}${numbers}   ${goalText(goal)}${worst}${verdict}`;
}

/** Three digits that count, and whole numbers as they are. */
function rounded(value: number): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 3;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
