import { parseSecureUrl } from '../../http/secure-url.ts';

/** `…/partners/NAME/cohorts`, as Braze's dashboard shows it, with or without the last part. */
const COHORTS_PATH = /^\/partners\/([\w.~-]+)\/cohorts\/?$/;

/** Clusters by the end of their host: https://www.braze.com/docs/api/basics#endpoints */
const REGIONS = [
  { region: 'EU', pattern: /\.braze\.eu$/ },
  { region: 'US', pattern: /^rest\.(iad-\d+|us-\d+)\.braze\.com$/ },
] as const;

export type ClusterRegion = 'US' | 'EU';

export interface RestEndpoint {
  /** Scheme, host and port. */
  readonly origin: string;
  /** The partner that the endpoint names, if it does. */
  readonly partnerName: string | null;
  /** The region that the host belongs to, where it tells. */
  readonly region: ClusterRegion | null;
}

/** Reads a REST endpoint as people copy it from Braze's dashboard, or says what is wrong with it. */
export function parseRestEndpoint(text: string): RestEndpoint | { readonly problem: string } {
  const parsed = parseSecureUrl(text, 'https://rest.iad-01.braze.com');
  if ('problem' in parsed) return parsed;
  const { url } = parsed;
  const partner = COHORTS_PATH.exec(url.pathname);
  if (partner === null && url.pathname !== '/') {
    return { problem: 'must have no path other than /partners/NAME/cohorts' };
  }
  return {
    origin: url.origin,
    partnerName: partner === null ? null : (partner[1] as string),
    region: REGIONS.find(({ pattern }) => pattern.test(url.hostname))?.region ?? null,
  };
}
