import { expect, test } from 'vitest';
import { compareMembers, type EndedExport } from './expected-members.ts';

const some = { cohort: 0, threadCount: 1, source: 'duckdb' } as const;
const append: EndedExport = { ...some, operation: 'APPEND', from: 0, to: 4, isComplete: true };
const remove: EndedExport = { ...some, operation: 'REMOVE', from: 2, to: 6, isComplete: true };

test('the last export that completed says who is a member', () => {
  expect(compareMembers([append, remove], ['user-0', 'user-1'])).toEqual({
    identifiers: 6,
    uncertain: 0,
    differences: [],
  });
  expect(compareMembers([remove, append], ['user-0', 'user-2', 'user-4', 'user-9'])).toEqual({
    identifiers: 6,
    uncertain: 0,
    differences: [
      'user-9 is a member, and no export names it',
      'user-3 is missing',
      'user-4 should have been removed',
      'user-1 is missing',
    ],
  });
});

test('what an export left half done is uncertain, until another one settles it', () => {
  const half = { ...remove, isComplete: false };
  // Those that were no members are none afterwards, whatever was sent.
  expect(compareMembers([append, half], ['user-0', 'user-1'])).toMatchObject({
    uncertain: 2,
    differences: [],
  });
  expect(compareMembers([append, half, append], ['user-0', 'user-1'])).toMatchObject({
    uncertain: 0,
    differences: ['user-2 is missing', 'user-3 is missing'],
  });
});
