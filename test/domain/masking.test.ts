import { describe, expect, it } from 'vitest';
import { maskEchoes, maskValue, redactSecrets } from '../../src/domain/masking.ts';

describe('a masked value', () => {
  it.each([
    ['alice@example.com', 'al… (17 characters)'],
    ['1234567', '… (7 characters)'],
    ['', '… (0 characters)'],
    ['👩‍👩‍👧👩‍👩‍👧', '👩‍… (10 characters)'],
  ])('of %j is %j', (value, masked) => {
    expect(maskValue(value)).toBe(masked);
  });
});

describe('a text of others', () => {
  it('loses every secret, the longest first', () => {
    expect(redactSecrets('key abc-1 and abc', ['abc', 'abc-1', ''])).toBe(
      'key [redacted] and [redacted]',
    );
  });

  it('loses the words that were sent, whole or cut off, and keeps its own', () => {
    const sent = '[{"user_ids":["alice@example.com","7","mustang"]}]';
    const vocabulary = new Set(['user_ids']);
    expect(maskEchoes('`user_ids` must not hold "alice@exam": row 7, 17', sent, vocabulary)).toBe(
      '`user_ids` [masked] not hold "[masked]": row [masked], 17',
    );
  });
});
