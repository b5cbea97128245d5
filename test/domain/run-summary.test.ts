import { expect, it } from 'vitest';
import { runSummary } from '../../src/domain/run-summary.ts';

it.each([
  [{ operation: 'APPEND', cohortId: 'vip', cohortName: 'VIPs' }, 'APPEND vip · VIPs'],
  [{ operation: 'REMOVE', cohortId: 'vip', cohortName: 'vip' }, 'REMOVE vip'],
  [{ operation: 'REMOVE', cohortId: 'vip' }, 'REMOVE vip'],
  [{ operation: 'REMOVE' }, null],
  ['vip', null],
  [null, null],
])('the summary of %j is %s', (input, summary) => {
  expect(runSummary(input)).toBe(summary);
});
