import { expect, it } from 'vitest';
import { RejectReasons } from '../../src/domain/reject-reasons.ts';

it('rows are counted by column and reason, the most frequent first', () => {
  const reasons = new RejectReasons();
  reasons.add({ column: 'email', reason: 'is blank' });
  for (let i = 0; i < 3; i += 1) reasons.add({ column: 'user_ids', reason: 'is blank' });
  for (let i = 0; i < 2; i += 1) reasons.add({ column: null, reason: 'has no identifier' });
  expect(reasons.list()).toEqual([
    { column: 'user_ids', reason: 'is blank', rows: 3 },
    { column: null, reason: 'has no identifier', rows: 2 },
    { column: 'email', reason: 'is blank', rows: 1 },
  ]);
});

it('beyond twenty reasons rows are counted together, last', () => {
  const reasons = new RejectReasons();
  for (let i = 0; i < 1_000; i += 1) reasons.add({ column: 'x', reason: `reason ${i}` });
  const list = reasons.list();
  expect(list).toHaveLength(21);
  expect(list.at(-1)).toEqual({ column: null, reason: 'other reasons', rows: 980 });
});
