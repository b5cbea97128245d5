import { describe, expect, it } from 'vitest';
import { addressText, resolveAddress } from '../../src/observability/address.ts';

describe('an address to serve on', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1:9464'],
    ['::1', '[::1]:9464'],
    ['localhost', 'localhost:9464'],
  ])('is shown as it is written: %s', (host, text) => {
    expect(addressText({ host, port: 9464 })).toBe(text);
  });

  it.each([
    ['127.0.0.1', /^127\.0\.0\.1:9464$/],
    ['::1', /^\[::1\]:9464$/],
    ['localhost', /^(?:127\.0\.0\.1|\[::1\]):9464$/],
  ])('is resolved to an IP address: %s', async (host, text) => {
    expect(await resolveAddress({ host, port: 9464 })).toMatch(text);
  });

  it('fails with a code where the name is unknown', async () => {
    const failure = resolveAddress({ host: 'no such host', port: 9464 });
    await expect(failure).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
  });
});
