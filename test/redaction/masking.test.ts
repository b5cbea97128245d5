import { describe, expect, it } from 'vitest';
import { maskValue } from '../../src/redaction/mask-value.ts';
import { redactSecrets } from '../../src/redaction/secrets.ts';

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

describe('a text from others', () => {
  it('loses every secret, the longest first', () => {
    expect(redactSecrets('key abc-1 and abc', ['abc', 'abc-1', ''])).toBe(
      'key [redacted] and [redacted]',
    );
  });
});
