import { expect, test } from 'vitest';
import { compareMembers, describeDifferences, type Members } from '../../scripts/demo/members.ts';

const alias = (alias_label: string, alias_name: string) => ({ alias_label, alias_name });
const expected: Members = {
  userIds: ['u1', 'u2'],
  deviceIds: ['d1'],
  aliases: [alias('email', 'a@example.com')],
};

test('the same members in another order, or twice, are not a difference', () => {
  const actual = { ...expected, userIds: ['u2', 'u1', 'u2'] };
  expect(compareMembers(expected, actual)).toEqual([]);
});

test.each<[string, Partial<Members>, { missing?: string[]; unexpected?: string[] }]>([
  ['user ids', { userIds: ['u1'] }, { missing: ['u2'] }],
  ['user ids', { userIds: ['u1', 'u2', 'u3'] }, { unexpected: ['u3'] }],
  ['user ids', { userIds: ['u1', 'U2'] }, { missing: ['u2'], unexpected: ['U2'] }],
  ['device ids', { deviceIds: [] }, { missing: ['d1'] }],
  ['aliases', { aliases: [] }, { missing: ['["email","a@example.com"]'] }],
])('%s: %o differs', (kind, change, difference) => {
  expect(compareMembers(expected, { ...expected, ...change })).toEqual([
    { kind, missing: [], unexpected: [], ...difference },
  ]);
});

test('an id under another kind, and an alias under another label, are differences', () => {
  const moved = { ...expected, userIds: ['u1'], deviceIds: ['d1', 'u2'] };
  expect(compareMembers(expected, moved)).toHaveLength(2);
  const relabelled = { ...expected, aliases: [alias('phone', 'a@example.com')] };
  expect(compareMembers(expected, relabelled)).toHaveLength(1);
});

test('the differences are listed by kind, with a few examples', () => {
  const userIds = ['1', '2', '3', '4'];
  const differences = compareMembers(
    { userIds, deviceIds: [], aliases: [] },
    { userIds: [], deviceIds: ['x'.repeat(1_000)], aliases: [] },
  );
  expect(describeDifferences(differences).split('\n')).toEqual([
    '  4 user ids are missing: 1, 2, 3, …',
    `  1 device ids are not in the results of the queries: ${'x'.repeat(40)}`,
  ]);
});
