import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attributeValue } from '../../src/domain/search-attributes.ts';

it.each(['', 'vip', 'a'.repeat(255), '👩'.repeat(127)])('a short value stays: %s', (value) => {
  expect(attributeValue(value)).toBe(value);
});

it('a long value is cut at 255 characters', () => {
  expect(attributeValue('a'.repeat(256))).toBe('a'.repeat(255));
});

it('a character of two units is not cut in half', () => {
  expect(attributeValue('👩'.repeat(128))).toBe('👩'.repeat(127));
});

it('a value is always the beginning of the text, and well-formed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const value = String(attributeValue(text));
      expect(text.startsWith(value)).toBe(true);
      expect(value.isWellFormed()).toBe(true);
      expect(value.length).toBeGreaterThanOrEqual(Math.min(text.length, 254));
    }),
  );
});

it('a number stays', () => {
  expect(attributeValue(0)).toBe(0);
});
