import { expect, it } from 'vitest';
import { SendRate } from '../../src/domain/send-rate.ts';

const START = 1_000_000;

it('nothing is known before a chunk has ended', () => {
  const rate = new SendRate();
  rate.begin(0, 10_000, START);
  expect(rate.estimate(20_000, START + 5_000)).toBeNull();
});

it('the rate is that of all lanes, and what they have in flight counts', () => {
  const rate = new SendRate();
  for (const lane of [0, 1, 2]) rate.begin(lane, 10_000, START);
  rate.end(0, 10_000, START + 10_000);
  rate.begin(3, 10_000, START + 10_000);
  // Each lane sends 1,000 a second: two have finished theirs as well, by and large.
  const estimate = rate.estimate(30_000, START + 10_000);
  expect(estimate).toEqual({
    identifiersPerSecond: 3_000,
    endsAt: START + 10_000 + 10_000 / 3,
    at: START + 10_000,
  });
});

it('a chunk counts by what was sent of it, also where it was stopped', () => {
  const rate = new SendRate();
  rate.begin(0, 10_000, START);
  rate.end(0, 2_000, START + 4_000);
  rate.begin(0, 8_000, START + 60_000);
  expect(rate.estimate(8_000, START + 60_000)).toMatchObject({
    identifiersPerSecond: 500,
    endsAt: START + 60_000 + 16_000,
  });
});

it('a lane that takes longer than others is not expected to have sent more than its chunk', () => {
  const rate = new SendRate();
  rate.begin(0, 100, START);
  rate.begin(1, 1_000, START);
  rate.end(1, 1_000, START + 1_000);
  expect(rate.estimate(100, START + 9_000)?.endsAt).toBe(START + 9_000);
});

it('nothing is estimated where nothing is sent', () => {
  const rate = new SendRate();
  rate.begin(0, 10, START);
  rate.end(0, 10, START + 10);
  expect(rate.estimate(100, START + 10)).toBeNull();
});
