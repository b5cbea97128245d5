import { parseSecureUrl } from '../../http/secure-url.ts';

/** https://api-docs.treasuredata.com/en/overview/aboutendpoints/ */
const ENDPOINTS: Readonly<Record<string, string>> = {
  US: 'https://api.treasuredata.com',
  Tokyo: 'https://api.treasuredata.co.jp',
  EU: 'https://api.eu01.treasuredata.com',
  Korea: 'https://api.ap02.treasuredata.com',
  'Asia Pacific': 'https://api.ap03.treasuredata.com',
};

/** Scheme, host and port of an endpoint, or what is wrong with it. */
export function parseEndpoint(
  text: string,
): { readonly origin: string } | { readonly problem: string } {
  const parsed = parseSecureUrl(text, 'https://api.treasuredata.com');
  if ('problem' in parsed) return parsed;
  const { origin, pathname } = parsed.url;
  if (/^\/(v3\/?)?$/.test(pathname)) return { origin };
  return { problem: 'must have no path' };
}

/** The endpoints of the other regions, for a message. */
export function otherRegions(endpoint: string): string {
  return Object.entries(ENDPOINTS)
    .filter(([, other]) => other !== endpoint)
    .map(([region, other]) => `${other} (${region})`)
    .join(', ');
}
