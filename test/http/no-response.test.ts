import { describe, expect, it } from 'vitest';
import { NoResponse } from '../../src/http/no-response.ts';

const peer = { name: 'Braze', setting: 'restEndpoint', nextStep: 'Then go on.' };
const explain = (reason: unknown) => new NoResponse(reason, peer);
const withCode = (code: string) => Object.assign(new Error('secret text'), { code });

describe('a request without a response', () => {
  it.each(['ECONNRESET', 'ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_SOCKET'])(
    'for %s is sent again',
    (code) => {
      const { message, retry } = explain(withCode(code));
      expect(retry).toBe('backoff');
      expect(message).toBe(
        `No response from Braze (${code}). If this continues, check restEndpoint and the proxy, if you use one.`,
      );
    },
  );

  it.each(['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'for %s is not',
    (code) => {
      const { message, retry } = explain(withCode(code));
      expect(retry).toBe('never');
      expect(message).toContain(`The certificate of Braze was rejected (${code}).`);
    },
  );

  it.each([
    [
      'Proxy Authentication Required (407) when HTTP Tunneling',
      'never',
      /NO_PROXY\. Then go on\.$/,
    ],
    ['Proxy response (403) !== 200 when HTTP Tunneling', 'never', /NO_PROXY\. Then go on\.$/],
    [
      'Proxy response (503) !== 200 when HTTP Tunneling',
      'backoff',
      /If this continues, check the proxy and HTTPS_PROXY or HTTP_PROXY\.$/,
    ],
  ])('for "%s" is sent again: %s', (words, expected, end) => {
    const { message, retry } = explain(new Error(words));
    expect(retry).toBe(expected);
    expect(message).toMatch(end);
  });

  it('does not mention a next step where there is none', () => {
    const reason = new Error('Proxy response (403) !== 200 when HTTP Tunneling');
    expect(new NoResponse(reason, { ...peer, nextStep: '' }).message).toMatch(/NO_PROXY\.$/);
  });

  it('has the code of the first address that was tried, or of its cause', () => {
    const code = (reason: unknown) => /\((.*)\)/.exec(explain(reason).message)?.[1];
    expect(code(new AggregateError([withCode('ECONNREFUSED')]))).toBe('ECONNREFUSED');
    expect(code(new TypeError('fetch failed', { cause: withCode('EPIPE') }))).toBe('EPIPE');
    expect(code(new DOMException('x', 'TimeoutError'))).toBe('timeout');
    expect(code(new TypeError('secret text'))).toBe('TypeError');
    expect(code('secret text')).toBe('unknown error');
  });
});
