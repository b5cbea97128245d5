const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
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

/** True for a host that is this machine, where plain http is safe. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/** Reads a REST endpoint as people copy it from Braze's dashboard, or says what is wrong with it. */
export function parseRestEndpoint(text: string): RestEndpoint | { readonly problem: string } {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url === null) {
    return { problem: 'must be a URL such as https://rest.iad-01.braze.com' };
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    return { problem: 'must be https (plain http only for this machine itself)' };
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return { problem: 'must hold no user, password, query or fragment' };
  }
  const partner = COHORTS_PATH.exec(url.pathname);
  if (partner === null && url.pathname !== '/') {
    return { problem: 'must have no path, or /partners/NAME/cohorts' };
  }
  return {
    origin: url.origin,
    partnerName: partner === null ? null : (partner[1] as string),
    region: REGIONS.find(({ pattern }) => pattern.test(url.hostname))?.region ?? null,
  };
}
