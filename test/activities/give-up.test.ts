import { expect, it } from 'vitest';
import { ACTIVITY_TABLE } from '../../src/workflows/activity-table.ts';

it.each(['startQuery', 'awaitQuery', 'nameCohort', 'sendChunk'] as const)(
  'only the time without a success ends the retries of %s, never a count of attempts',
  (name) => {
    expect(ACTIVITY_TABLE[name].retry).not.toHaveProperty('maximumAttempts');
  },
);
