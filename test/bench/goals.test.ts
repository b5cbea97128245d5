import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIGURES, type Figure } from '../../scripts/bench/goals.ts';
import { goalText } from '../../scripts/bench/judge.ts';

const DEVELOPMENT = join(import.meta.dirname, '../../docs/development.md');

/** `[figure, name, goal]` of each row of the table under "Benchmark". */
function documentedGoals(): string[][] {
  const section = /^## Benchmark$(.*?)(?=^## |$(?![\s\S]))/ms.exec(
    readFileSync(DEVELOPMENT, 'utf8'),
  );
  const rows = (section?.[1] ?? '').split('\n').filter((line) => /^\| `/.test(line));
  return rows.map((row) => {
    const [figure = '', name = '', , goal = ''] = row
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return [figure.replaceAll('`', ''), name, goal];
  });
}

test('the table in docs/development.md has the goals of the benchmark, and no others', () => {
  const figures: readonly Figure[] = FIGURES;
  const goals = figures.flatMap(({ name: figure, goals: ofFigure }) =>
    ofFigure.map((goal) => {
      const worst = goal.judgedBy === 'worst' ? ', in each run' : '';
      return [figure, goal.name, `${goalText(goal)}${worst}`];
    }),
  );
  expect(documentedGoals()).toEqual(goals);
  expect(new Set(goals.map(([figure]) => figure)).size).toBe(FIGURES.length);
});

test('each goal has a unique name and one limit', () => {
  const goals = FIGURES.flatMap((figure: Figure) => figure.goals);
  expect(new Set(goals.map(({ name }) => name)).size).toBe(goals.length);
  for (const { name, atLeast, atMost } of goals) {
    expect(
      [atLeast, atMost].filter((limit) => limit !== undefined),
      name,
    ).toHaveLength(1);
  }
});
