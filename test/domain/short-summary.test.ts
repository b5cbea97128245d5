import { expect, it } from 'vitest';
import { shortSummary } from '../../src/domain/short-summary.ts';

it.each(['VIP', 'a'.repeat(90), '会'.repeat(90)])('a short text stays: %s', (text) => {
  expect(shortSummary(text)).toBe(text);
});

it.each(['a', '会', '👩', '"'])('a long text is cut to what Temporal allows: %s', (character) => {
  const summary = shortSummary(character.repeat(1_000));
  expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThanOrEqual(400);
  expect(summary).toBe(`${character.repeat(89)}…`);
});
