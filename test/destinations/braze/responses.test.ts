import { describe, expect, it } from 'vitest';
import { answerWords, partialErrors } from '../../../src/destinations/braze/response-words.ts';
import {
  classifyAnswer,
  classifyNetworkError,
  isAccepted,
} from '../../../src/destinations/braze/responses.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

describe('the answers of Braze', () => {
  it.each([200, 201, 202, 204])('%i is a success', (status) => {
    expect(isAccepted(status)).toBe(true);
  });

  it.each([
    [301, 'BrazeRejected', 'never'],
    [400, 'BrazeRejected', 'never'],
    [401, 'BrazeUnauthorized', 'never'],
    [403, 'BrazeUnauthorized', 'never'],
    [404, 'BrazeRejected', 'never'],
    [405, 'BrazeRejected', 'never'],
    [408, 'BrazeUnavailable', 'backoff'],
    [413, 'BrazeRejected', 'never'],
    [418, 'BrazeRejected', 'never'],
    [423, 'BrazeUnavailable', 'backoff'],
    [429, 'BrazeUnavailable', 'backoff'],
    [500, 'BrazeUnavailable', 'backoff'],
    [502, 'BrazeUnavailable', 'backoff'],
    [503, 'BrazeUnavailable', 'backoff'],
    [599, 'BrazeUnavailable', 'backoff'],
    [999, 'BrazeUnavailable', 'backoff'],
  ] as const)('%i is %s, retry %s', (status, type, retry) => {
    expect(isAccepted(status)).toBe(false);
    const failure = classifyAnswer({ status, headers: {}, words: 'its words' }, NOW);
    expect(failure).toMatchObject({ type, retry });
    expect(failure.message).toContain(`Braze answered ${status}: its words.`);
  });

  it.each([
    [{ 'retry-after': '30' }, 30_000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 12:00:10 GMT' }, 10_000],
    [{ 'x-ratelimit-retry-after': '7' }, 7_000],
    [{ 'x-ratelimit-reset': String(NOW / 1000 + 20) }, 20_000],
    [{ 'x-ratelimit-reset': '15' }, 15_000],
    [{ 'x-ratelimit-reset': String(NOW / 1000 - 20) }, 0],
    [{ 'retry-after': '86400' }, 3_600_000],
    [{ 'retry-after': '5', 'x-ratelimit-reset': '60' }, 5_000],
  ])('429 with %j waits %i ms', (headers, afterMs) => {
    expect(classifyAnswer({ status: 429, headers, words: '' }, NOW).retry).toEqual({ afterMs });
  });

  it('honours a wait of 503 and ignores one that it cannot read', () => {
    const headers = { 'retry-after': '2' };
    expect(classifyAnswer({ status: 503, headers, words: '' }, NOW).retry).toEqual({
      afterMs: 2_000,
    });
    const unreadable = { 'retry-after': 'soon' };
    expect(classifyAnswer({ status: 429, headers: unreadable, words: '' }, NOW).retry).toBe(
      'backoff',
    );
  });
});

describe('no answer', () => {
  const withCode = (code: string) => Object.assign(new Error('secret text'), { code });

  it.each(['ECONNRESET', 'ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_SOCKET'])(
    '%s is retried',
    (code) => {
      const failure = classifyNetworkError(withCode(code));
      expect(failure).toMatchObject({ type: 'BrazeUnavailable', retry: 'backoff' });
      expect(failure.message).toContain(code);
      expect(failure.message).not.toContain('secret text');
    },
  );

  it.each(['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    '%s is told at once',
    (code) => {
      expect(classifyNetworkError(withCode(code)).retry).toBe('never');
    },
  );

  it('is named by the first address that was tried, or by what caused it', () => {
    const refused = new AggregateError([withCode('ECONNREFUSED')]);
    expect(classifyNetworkError(refused).message).toContain('ECONNREFUSED');
    const wrapped = new TypeError('fetch failed', { cause: withCode('EPIPE') });
    expect(classifyNetworkError(wrapped).message).toContain('EPIPE');
    expect(classifyNetworkError(new DOMException('x', 'TimeoutError')).message).toContain(
      '(timeout)',
    );
  });
});

describe('the words of an answer', () => {
  const words = (body: unknown) =>
    answerWords(typeof body === 'string' ? body : JSON.stringify(body), ['s3cret']);

  it.each([
    [{ message: '`name` must be a non-empty string' }, '`name` must be a non-empty string'],
    [
      { message: 'Partner not enabled for client with client secret: s3cret' },
      'Partner not enabled for client with client secret: [redacted]',
    ],
    [{ errors: ['a', { type: 'b', message: 'bad id alice@example.com.' }] }, 'a; bad id ….; …'],
    [{ errors: 'unknown', input: ['alice@example.com'] }, 'unknown'],
    [{ message: 'invalid entry user_id=alice@example.com' }, 'invalid entry …'],
    [{ message: 'invalid: ALICE@EXAMPLE.COM, alice%40example.com|b@y' }, 'invalid: …'],
    [{ message: 'user Jo Li (+1 202 555) is unknown' }, 'user … (…) is unknown'],
    [
      { message: 'Only 1,000 `user_ids`, `device_ids`, and `aliases` are allowed per request' },
      'Only 1,000 `user_ids`, `device_ids`, and `aliases` are allowed per request',
    ],
    [{ message: 'Invalid partner API key.' }, 'Invalid partner API key'],
    [{ message: 'The API rate limit was exceeded' }, 'The API rate limit was exceeded'],
    [{ message: "Cohort 'vip' does not exist" }, "Cohort '…' does not exist"],
    [{ message: 'user_ids must be an array of strings' }, 'user_ids must be an array of strings'],
    [
      { message: 'Identifier user1001 is longer than 987 bytes' },
      'Identifier … is longer than 987 bytes',
    ],
    [{ message: 'user 988 is invalid' }, 'user … is invalid'],
    [{ errors: [[[[[[[['bad']]]]]]]] }, ''],
    ['<html>alice@example.com</html>', 'a body of 30 characters that is not JSON'],
    ['', ''],
    [[], ''],
  ])('of %j are %j', (body, expected) => {
    expect(words(body)).toBe(expected);
  });

  it('are cut to a readable length', () => {
    expect(words({ message: 'bad '.repeat(5_000) }).length).toBeLessThan(310);
  });

  it('tell a partial success from a whole one', () => {
    expect(partialErrors('{"message":"success"}')).toBe('');
    expect(partialErrors('{"message":"success","errors":[]}')).toBe('');
    expect(partialErrors('not JSON')).toBe('');
    expect(partialErrors('{"message":"success","errors":["one failed"]}')).toContain('one failed');
    expect(partialErrors(`{"errors":${'['.repeat(5_000)}${']'.repeat(5_000)}}`)).toBe('');
  });
});
