import { beforeEach, describe, expect, it } from 'vitest';
import {
  RESPONSE_WITHIN_MS,
  UNKNOWN_SETTLE_MS,
  UnansweredRequests,
} from '../../src/domain/unanswered-requests.ts';

let nowMs: number;
beforeEach(() => {
  nowMs = 1_234.5;
});

const requests = (settleMs = 0) => new UnansweredRequests(settleMs, () => nowMs);

describe('requests without a response', () => {
  it('leave nothing to wait for where each had its response', () => {
    const sent = requests();
    expect(sent.settleMs).toBe(0);
    for (let i = 0; i < 3; i += 1) {
      sent.sent();
      nowMs += 100;
      sent.answered();
      expect(sent.settleMs).toBe(0);
    }
  });

  it('may be applied for 60 s from the sending of the last one', () => {
    const sent = requests();
    sent.sent();
    expect(sent.settleMs).toBe(RESPONSE_WITHIN_MS);
    nowMs += 20_000;
    expect(sent.settleMs).toBe(40_000);
    sent.sent();
    nowMs += 50_000;
    expect(sent.settleMs).toBe(10_000);
    nowMs += 10_001;
    expect(sent.settleMs).toBe(0);
  });

  it('are not forgotten because later ones are answered', () => {
    const sent = requests();
    sent.sent();
    nowMs += 5_000;
    sent.sent();
    nowMs += 1_000;
    sent.answered();
    expect(sent.settleMs).toBe(54_000);
  });

  it('of an earlier attempt count for as long as it said', () => {
    const sent = requests(30_000);
    nowMs += 10_000;
    sent.sent();
    sent.answered();
    expect(sent.settleMs).toBe(20_000);
  });

  it('were sent up to 15 s ago where nobody can tell', () => {
    expect(UNKNOWN_SETTLE_MS - RESPONSE_WITHIN_MS).toBe(15_000);
  });
});
