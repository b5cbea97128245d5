import { describe, expect, it } from 'vitest';
import type { SentRequest } from '../../src/domain/export-input.ts';
import { describeRun, type RunView } from '../../src/domain/run-details.ts';

const request = {
  destination: 'braze',
  connection: 'main',
  cohortId: 'vip',
  cohortName: 'VIPs of the last 90 days',
  operation: 'APPEND',
} as SentRequest;

const START = Date.parse('2026-11-29T14:20:11.123Z');

function view(progress: Partial<RunView['progress']>, more: Partial<RunView> = {}): string {
  const details = describeRun({
    request,
    progress: {
      stage: 'sending',
      rows: { read: 13_202, accepted: 13_166, rejected: 36 },
      identifiers: {
        userIds: 13_127,
        deviceIds: 15_776,
        aliases: 12_359,
        sent: 21_000,
        refused: 0,
        repeated: 1,
      },
      chunks: { total: 12, done: 3 },
      note: 'APPEND with 5 concurrent requests',
      ...progress,
    },
    requests: { accepted: 21, retried: 2 },
    estimate: null,
    failed: null,
    warnings: [],
    rejectReasons: [],
    rejects: null,
    ...more,
  });
  // The space between columns.
  return details.replaceAll('\u2003', '');
}

describe('the details of a run', () => {
  it('say what it is, its stage, how far it is, how fast, and when it will end', () => {
    const estimate = { identifiersPerSecond: 2_449.6, endsAt: START + 90_000, at: START };
    expect(view({}, { estimate }).split('\n\n')).toEqual([
      '**APPEND vip · VIPs of the last 90 days** (braze, connection main)\n**sending**: APPEND with 5 concurrent requests',
      [
        '|  | done | of |  |',
        '| :--- | ---: | ---: | :--- |',
        '| rows accepted | 13,166 | 13,202 | 36 rejected |',
        '| identifiers sent | 21,000 | 41,262 | 1 duplicate left out |',
        '| chunks | 3 | 12 | 50% |',
        '| requests accepted | 21 |  | 2 retried |',
      ].join('\n'),
      expect.stringMatching(
        /^About 2,450 identifiers a second; estimated end 2026-11-29 14:21:41 UTC \(as of 2026-11-29 14:20:11 UTC\)\. A chunk counts once it is done; \[Pending Activities\]\(.*\) has those in flight\.$/,
      ),
    ]);
  });

  it('have no numbers while there are none', () => {
    const nothing = { userIds: 0, deviceIds: 0, aliases: 0, sent: 0, refused: 0, repeated: 0 };
    const details = view({
      stage: 'waiting',
      note: 'waiting for the lock',
      rows: { read: 0, accepted: 0, rejected: 0 },
      identifiers: nothing,
      chunks: { total: 0, done: 0 },
    });
    expect(details.split('\n').slice(1)).toEqual(['**waiting**: waiting for the lock']);
  });

  it('say of a failed attempt why it failed and when the next one follows', () => {
    const at = new Date(START).toISOString();
    const failed = { activity: 'sendChunk', attempt: 1_024, message: 'Braze answered 503.', at };
    const nextAt = new Date(START + 60_000).toISOString();
    expect(view({}, { failed: { ...failed, nextAt } })).toContain(
      '**Attempt 1,024 of sendChunk failed** at 2026-11-29 14:20:11 UTC: Braze answered 503.\n\nThe next attempt follows at 2026-11-29 14:21:11 UTC.',
    );
    expect(view({}, { failed: { ...failed, nextAt: null } })).toContain('within a minute or so');
  });

  it('have the rejected rows by reason, and at the end where each of them is', () => {
    const rejectReasons = [
      { column: 'user_ids', reason: 'contains only white space', rows: 1_234 },
    ];
    const rejects = '/staging/rejects/a.jsonl';
    const table =
      '| rows | column | reason |\n| ---: | :--- | :--- |\n| 1,234 | user\\_ids | contains only white space |';
    const during = view({}, { rejectReasons, rejects });
    expect(during).toContain(table);
    expect(during).not.toContain(rejects);
    const after = view({ stage: 'finished' }, { rejectReasons, rejects });
    expect(after).toContain(`${table}\n\nEach is in \`${rejects}\`.`);
    expect(after).not.toContain('A chunk counts');
  });

  it('show what people typed and what services answered as text', () => {
    const cohortName = '**a** | <b>b</b>\n# [c](http://d) `e`';
    const warnings = ['These columns were ignored: "a|b".'];
    const details = view({ note: '1. *x*' }, { request: { ...request, cohortName }, warnings });
    expect(details).toContain(
      '\\*\\*a\\*\\* \\| \\<b\\>b\\</b\\> \\# \\[c\\]\\(http://d\\) \\`e\\`',
    );
    expect(details).toContain('**sending**: 1. \\*x\\*');
    expect(details).toContain('**Warnings**\n\n- These columns were ignored: "a\\|b".');
  });
});
