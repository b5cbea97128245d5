import { describe, expect, it } from 'vitest';
import { parseRestEndpoint } from '../../../src/destinations/braze/rest-endpoint.ts';

describe('a REST endpoint', () => {
  it.each([
    ['https://rest.iad-01.braze.com', 'https://rest.iad-01.braze.com', null, 'US'],
    ['rest.iad-08.braze.com', 'https://rest.iad-08.braze.com', null, 'US'],
    ['https://rest.us-10.braze.com/', 'https://rest.us-10.braze.com', null, 'US'],
    [
      'https://rest.fra-02.braze.eu/partners/acme/cohorts',
      'https://rest.fra-02.braze.eu',
      'acme',
      'EU',
    ],
    ['https://rest.au-01.braze.com', 'https://rest.au-01.braze.com', null, null],
    ['https://braze.proxy.example:8443', 'https://braze.proxy.example:8443', null, null],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787', null, null],
    ['http://localhost:1', 'http://localhost:1', null, null],
    ['http://[::1]:1', 'http://[::1]:1', null, null],
  ])('is accepted: %s', (text, origin, partnerName, region) => {
    expect(parseRestEndpoint(text)).toEqual({ origin, partnerName, region });
  });

  it.each([
    ['http://rest.iad-01.braze.com', 'https'],
    ['http://127.0.0.1.evil.example', 'https'],
    ['ftp://rest.iad-01.braze.com', 'https'],
    ['https://user:pass@rest.iad-01.braze.com', 'not contain a user'],
    ['https://rest.iad-01.braze.com/users/track', 'no path'],
    ['https://', 'a URL'],
  ])('is rejected: %s', (text, part) => {
    expect(parseRestEndpoint(text)).toEqual({ problem: expect.stringContaining(part) });
  });
});
