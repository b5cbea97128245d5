import { expect, test } from 'vitest';
import { soak } from './soak.ts';

/** Two for the faults on a busy machine, and the rest for the exports that still run then. */
const PATIENCE_MS = 6 * 60_000;

test(
  'after a minute of random faults, every cohort has the members that its exports say',
  async () => {
    const log: string[] = [];
    const figures = await soak({ minutes: 1, seed: 1, log: (line) => log.push(line) });
    expect(figures.differences, log.join('\n')).toEqual([]);
    expect(figures.identifiers).toBeGreaterThan(10_000);
    expect(figures.exports.completed).toBeGreaterThan(1);
    expect(Object.values(figures.faults).filter((hits) => hits > 0).length).toBeGreaterThan(4);
    expect(Object.values(figures.outages).reduce((sum, times) => sum + times, 0)).toBeGreaterThan(
      0,
    );
  },
  PATIENCE_MS,
);
