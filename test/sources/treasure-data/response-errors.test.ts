import { describe, expect, it } from 'vitest';
import { classifyResponse } from '../../../src/sources/treasure-data/response-errors.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const connection = {
  name: 'main',
  endpoint: 'https://api.eu01.treasuredata.com',
  apiKey: `1/${'0a'.repeat(20)}`,
  proxy: { httpProxy: null, httpsProxy: null, noProxy: null },
};
const body = (message: string) => JSON.stringify({ error: 'no', message, text: 'no' });
const classify = (status: number, text = body('its words'), headers = {}, of = connection) =>
  classifyResponse({ status, headers, text }, of, NOW);

describe('the failed responses of Treasure Data', () => {
  it.each([
    [301, 'SourceUnavailable', 'never', 'Redirects are not followed'],
    [400, 'QueryFailed', 'never', 'correct the source'],
    [401, 'SourceUnauthorized', 'never', 'is well-formed, but api.eu01.treasuredata.com does not'],
    [403, 'SourceUnauthorized', 'never', 'IP allow-list'],
    [404, 'QueryFailed', 'never', 'correct the source'],
    [405, 'QueryFailed', 'never', 'correct the source'],
    [408, 'SourceUnavailable', 'backoff', ''],
    [409, 'QueryFailed', 'never', 'correct the source'],
    [413, 'QueryFailed', 'never', 'correct the source'],
    [422, 'QueryFailed', 'never', 'correct the source'],
    [429, 'SourceUnavailable', 'backoff', ''],
    [500, 'SourceUnavailable', 'backoff', ''],
    [502, 'SourceUnavailable', 'backoff', ''],
    [503, 'SourceUnavailable', 'backoff', ''],
    [599, 'SourceUnavailable', 'backoff', ''],
    [100, 'SourceUnavailable', 'backoff', ''],
  ])('%i is %s, retry %s', (status, type, retry, advice) => {
    const failure = classify(status);
    expect(failure).toMatchObject({ type, retry });
    expect(failure.message).toContain(`Treasure Data answered ${status}: its words.`);
    expect(failure.message).toContain(advice);
  });

  it('may ask for a wait', () => {
    const headers = { 'retry-after': '2' };
    expect(classify(503, '', headers).retry).toEqual({ afterMs: 2_000 });
    expect(classify(400, '', headers).retry).toBe('never');
  });

  it('to a wrong key name the regions that it may belong to, and no other', () => {
    const { message } = classify(401);
    expect(message).toContain('https://api.treasuredata.com (US)');
    expect(message).toContain('https://api.treasuredata.co.jp (Tokyo)');
    expect(message).not.toContain('eu01.treasuredata.com (');
  });

  it.each(['0a'.repeat(20), `1/${'0a'.repeat(19)}`, `TD1 1/${'0a'.repeat(20)}`])(
    'to a malformed key say that it is malformed: %s',
    (apiKey) => {
      const { message } = classify(401, body('no'), {}, { ...connection, apiKey });
      expect(message).toContain(
        'The apiKey of the connection "main" does not look like an API key',
      );
      expect(message).not.toContain(apiKey);
    },
  );

  it.each([
    [body(`no ${connection.apiKey}\n here.`), ' 400: no [redacted] here. Retrying'],
    [JSON.stringify({ error: 'only this' }), ' 400: only this. Retrying'],
    [JSON.stringify({ message: null, error: null, text: 'or this' }), ' 400: or this. Retrying'],
    ['<html>secret</html>', ' 400. Retrying'],
    ['', ' 400. Retrying'],
    ['[]', ' 400. Retrying'],
  ])('have the words of %s', (text, words) => {
    expect(classify(400, text).message).toContain(`Treasure Data answered${words}`);
  });

  it('have words of a readable length', () => {
    expect(classify(400, body('bad '.repeat(5_000))).message.length).toBeLessThan(450);
  });
});
