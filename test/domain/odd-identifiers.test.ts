import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OddIdentifiers } from '../../src/domain/odd-identifiers.ts';

const UNCHANGED = 'Identifiers are sent unchanged: if this is wrong, ';

function warningsOf(...values: readonly string[]): string[] {
  const odd = new OddIdentifiers();
  for (const value of values) odd.add('user_ids', value);
  return odd.warnings();
}

it.each([
  ...[
    'NULL',
    'null',
    'N/A',
    'n/a',
    'none',
    'None',
    'nan',
    'NaN',
    '\\N',
    'undefined',
    '#N/A',
    '-',
  ].map((value) => [value, 'looks like a missing value, such as NULL or N/A']),
  ...['a ', ' a', ' 55 ', '\u00a0x', 'x\u3000', '\u00857', ' 7'].map((value) => [
    value,
    'begins or ends with white space',
  ]),
  ...['12345678901.0', '-1.0', '7.00', '0.0'].map((value) => [
    value,
    'ends in .0, like a whole number that was a float before it became text',
  ]),
  ...['1.23E+10', '1e+20', '1.2e5', '-1E-7'].map((value) => [
    value,
    'is a number with an exponent, which may have lost digits',
  ]),
  ...['user_ids', 'USER_IDS'].map((value) => [
    value,
    'is the name of its own column, like a second header',
  ]),
  ...['="007"'].map((value) => [value, 'is a formula such as ="007"']),
  ...['a\0b', '\x007'].map((value) => [value, 'contains a NUL character']),
  ...['"u-3"', "'u-3'", '“u”', '`u`'].map((value) => [value, 'is in quotes']),
])('%j is odd', (value, says) => {
  const [warning, ...others] = warningsOf('u1', value);
  expect(warning).toContain(`1 identifier (in "user_ids") ${says}. ${UNCHANGED}`);
  expect(others).toEqual([]);
});

it.each([
  ...['1', '007', '-0', '+66', '12.7', '10', '100.10', '1.2.0', 'v1.0', '1e5', '12e34567', 'a1e+5'],
  ...[
    'nullable',
    'Nona',
    'a b',
    "'",
    '""',
    "it's",
    '"a',
    'anna',
    'x-',
    '="',
    'email',
    '日本',
    '\u200b',
    'é',
    '',
  ],
])('%j is not', (value) => {
  expect(warningsOf(value)).toEqual([]);
});

it('counts by what is odd and by column, and shows no value', () => {
  const odd = new OddIdentifiers();
  for (let count = 0; count < 3; count += 1) odd.add('email', 'NULL');
  odd.add('user_ids', 'N/A');
  odd.add('user_ids', 's3cr3t ');
  odd.add('user_ids', ' s3cr3t');
  expect(odd.warnings()).toEqual([
    `4 identifiers (3 in "email", 1 in "user_ids") look like missing values, such as NULL or N/A. ${UNCHANGED}exclude such rows with WHERE.`,
    `2 identifiers (in "user_ids") begin or end with white space. ${UNCHANGED}remove it with trim.`,
  ]);
});

it('finds white space at the edges as trim does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
      fc.pre(value.trim() !== '' && !/^\u0085|\u0085$/.test(value));
      expect(warningsOf(value).some((text) => text.includes('white space'))).toBe(
        value !== value.trim(),
      );
    }),
  );
});
