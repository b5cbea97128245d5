import { describe, expect, test } from 'vitest';
import type { Figure, Goal } from '../../scripts/bench/goals.ts';
import { exitCodeOf, judge, missedGoals, ratios, spreadOf } from '../../scripts/bench/judge.ts';
import { figureText, summaryText } from '../../scripts/bench/report.ts';

const goal: Goal = { name: 'use', unit: '', atLeast: 0.9, judgedBy: 'median', means: 'a ratio' };

function figureWith(changes: Partial<Goal>): Figure {
  return { name: 'lanes', title: 'lanes', runs: 3, goals: [{ ...goal, ...changes }] };
}

function resultOf(values: readonly number[], changes: Partial<Goal> = {}, isJudging = true) {
  const figure = figureWith(changes);
  const observations = judge(figure, [{ name: 'use', unit: '', values }], isJudging);
  return { name: 'lanes', title: 'lanes', seconds: 1, observations, error: null };
}

const isMet = (...args: Parameters<typeof resultOf>) => resultOf(...args).observations[0]?.isMet;

test('the spread of runs in any order', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
  expect(spreadOf([10, 2])).toEqual({ min: 2, median: 6, max: 10 });
  expect(spreadOf([7])).toEqual({ min: 7, median: 7, max: 7 });
});

test('ratios are taken pair by pair, not of the medians', () => {
  const values = ratios([2, 8, 30], [1, 2, 10]);
  expect(values).toEqual([2, 4, 3]);
  expect(spreadOf(values).median).toBe(3);
});

describe('a goal', () => {
  test('is judged by the median: one bad run does not miss it, nor does one good run meet it', () => {
    expect(isMet([0.1, 0.91, 0.92])).toBe(true);
    expect(isMet([0.1, 0.89, 0.99])).toBe(false);
    expect(isMet([0.9])).toBe(true);
  });

  test('that is a guarantee is judged by its worst run', () => {
    expect(isMet([0.1, 0.91, 0.92], { judgedBy: 'worst' })).toBe(false);
    const none = { atLeast: -Infinity, atMost: 0, judgedBy: 'worst' } as const;
    expect(isMet([0, 0, 1], none)).toBe(false);
    expect(isMet([0, 0, 0], none)).toBe(true);
  });

  test('is missed if the value is not a number', () => {
    expect(isMet([Number.NaN])).toBe(false);
    expect(isMet([])).toBe(false);
  });

  test('is not judged in a smoke run', () => {
    expect(isMet([0], {}, false)).toBeNull();
  });

  test('without its observation, or in another unit, is an error of the benchmark', () => {
    expect(() => judge(figureWith({}), [], true)).toThrow('lanes did not observe use');
    const inSeconds = [{ name: 'use', unit: 's', values: [1] }];
    expect(() => judge(figureWith({}), inSeconds, true)).toThrow('lanes did not observe use');
  });
});

describe('the exit code', () => {
  test('is 0 where all goals are met or none is judged', () => {
    expect(exitCodeOf([resultOf([0.95]), resultOf([0], {}, false)])).toBe(0);
  });

  test('is 1 where a goal is missed, and the summary names it', () => {
    const results = [resultOf([0.95]), resultOf([0.95], { atLeast: 2 })];
    expect(exitCodeOf(results)).toBe(1);
    expect(missedGoals(results)).toEqual(['use']);
    expect(figureText(results[1] as (typeof results)[number])).toMatch(
      /use +0\.950 +0\.950 +0\.950 +at least 2 +MISSED/,
    );
    const machine = { cores: 2, processor: 'x', memoryGb: 8, loadAtStart: 0, node: 'v24' };
    const text = summaryText(results, { ...machine, temporalCli: '1.8.2' }, 61);
    expect(text).toContain('goals: 1 of 2 met; missed: use');
    expect(text).toContain('duration: 61 s');
  });

  test('is 1 where a figure could not be measured', () => {
    const broken = { ...resultOf([0.95]), observations: [], error: 'the worker ended' };
    expect(exitCodeOf([broken])).toBe(1);
    expect(figureText(broken)).toContain('could not be measured: the worker ended');
  });
});
