import { expect, it } from 'vitest';
import { isNotified } from '../../src/domain/failed-attempt.ts';

it('a run is notified of ever fewer attempts', () => {
  const attempts = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(attempts.filter(isNotified)).toEqual([2, 4, 8, 16, 32, 64]);
});
