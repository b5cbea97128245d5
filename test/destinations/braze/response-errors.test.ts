import { describe, expect, it } from 'vitest';
import { DOCUMENTED, UNDOCUMENTED } from '../../../sandbox/braze/validation.ts';
import { partialErrors, responseWords } from '../../../src/destinations/braze/redact-response.ts';
import {
  classifyChange,
  classifyResponse,
} from '../../../src/destinations/braze/response-errors.ts';
import { IdentifiersRefused } from '../../../src/domain/destination-port.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

describe('the responses of Braze', () => {
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
    const failure = classifyResponse({ status, headers: {}, words: 'its words' }, NOW);
    expect(failure).toMatchObject({ type, retry });
    expect(failure.message).toContain(`Braze answered ${status}: its words.`);
  });

  it('may ask for a wait', () => {
    const headers = { 'retry-after': '2' };
    expect(classifyResponse({ status: 503, headers, words: '' }, NOW).retry).toEqual({
      afterMs: 2_000,
    });
    expect(classifyResponse({ status: 408, headers, words: '' }, NOW).retry).toBe('backoff');
  });
});

describe('a 400 to a change of members', () => {
  const classify = (body: unknown, status = 400) => {
    const words = responseWords(typeof body === 'string' ? body : JSON.stringify(body), []);
    return classifyChange({ status, headers: {}, words }, NOW);
  };

  it.each([...Object.values(DOCUMENTED), UNDOCUMENTED.unknownCohort, UNDOCUMENTED.shouldRemove])(
    'is about the request: %s',
    (message) => {
      const failure = classify({ message });
      expect(failure).not.toBeInstanceOf(IdentifiersRefused);
      expect(failure).toMatchObject({ type: 'BrazeRejected', retry: 'never' });
    },
  );

  it.each(['', '{}', 'Bad Request', '<html>400</html>'])('is not from Braze: %j', (body) => {
    expect(classify(body)).not.toBeInstanceOf(IdentifiersRefused);
  });

  it.each([
    [UNDOCUMENTED.externalIdTooLong, "'external_id' must be fewer than 988 bytes"],
    ['invalid alias_name user-7@x.io', 'invalid alias_name …'],
  ])('is about identifiers: %s', (message, words) => {
    const failure = classify({ message });
    expect(failure).toBeInstanceOf(IdentifiersRefused);
    expect(failure).toMatchObject({
      type: 'BrazeRejected',
      retry: 'never',
      message: `Braze answered 400: ${words}. Retrying cannot help.`,
      reason: `was refused by Braze: ${words}`,
    });
    expect(classify({ message }, 422)).not.toBeInstanceOf(IdentifiersRefused);
  });
});

describe('the words of a response', () => {
  const words = (body: unknown) =>
    responseWords(typeof body === 'string' ? body : JSON.stringify(body), ['s3cret']);

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
    ['<html>alice@example.com</html>', 'a response body of 30 characters that is not JSON'],
    ['', ''],
    [[], ''],
  ])('of %j are %j', (body, expected) => {
    expect(words(body)).toBe(expected);
  });

  it('are cut to a readable length', () => {
    expect(words({ message: 'bad '.repeat(5_000) }).length).toBeLessThan(310);
  });

  it('distinguish a partial success from a full one', () => {
    expect(partialErrors('{"message":"success"}')).toBe('');
    expect(partialErrors('{"message":"success","errors":[]}')).toBe('');
    expect(partialErrors('not JSON')).toBe('');
    expect(partialErrors('{"message":"success","errors":["one failed"]}')).toContain('one failed');
    expect(partialErrors(`{"errors":${'['.repeat(5_000)}${']'.repeat(5_000)}}`)).toBe('');
  });
});
