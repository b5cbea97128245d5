import { z } from 'zod';
import {
  duration,
  mapping,
  parsedText,
  positiveInteger,
  text,
} from '../../domain/config-checks.ts';
import type { ConnectionContext, SectionSchema } from '../../domain/connection-type.ts';
import { documented } from '../../domain/field-docs.ts';
import type { Problem } from '../../domain/problems.ts';
import type { BrazeSettings } from './braze.ts';
import { parseRestEndpoint } from './rest-endpoint.ts';

/** The partner's path segment for Treasure Data is not public: this is a guess. */
const DEFAULT_PARTNER_NAME = 'treasure_data';
/** https://www.braze.com/docs/partners/isv_partners/cohort_import */
const DEFAULT_REQUESTS_PER_HOUR = 250_000;
const EXAMPLE = '{ restEndpoint: …, dataImportKey: … }';

const fields = mapping(
  {
    restEndpoint: documented(parsedText(parseRestEndpoint), {
      type: 'URL',
      meaning:
        'the REST endpoint that the Braze dashboard shows; `…/partners/NAME/cohorts` is accepted too and sets the partner name. https, or http on a loopback host',
    }),
    clusterRegion: documented(z.enum(['US', 'EU'], 'must be US or EU').optional(), {
      type: '`US` or `EU`',
      meaning: 'must match the region of the endpoint, if the host shows it; has no other effect',
    }),
    partnerName: documented(text.optional(), {
      type: 'string',
      default: `from the endpoint, else \`${DEFAULT_PARTNER_NAME}\``,
      meaning:
        "the partner's segment of the URL. **The default is a guess**, because Braze does not publish Treasure Data's name. Use the one in your endpoint",
    }),
    partnerApiKey: documented(text.optional(), {
      type: 'string',
      meaning: 'the partner API key, sent as `partner_api_key`. Braze requires it; see below',
    }),
    dataImportKey: documented(text, {
      type: 'string',
      meaning: 'the data import key, sent as `client_secret`',
    }),
    requestsPerHour: documented(positiveInteger.default(DEFAULT_REQUESTS_PER_HOUR), {
      type: 'integer ≥ 1',
      meaning:
        "Braze's limit, for all exports on this connection **in one worker process**; see [several workers](#several-workers)",
    }),
    giveUpAfter: documented(duration.prefault('6h'), {
      type: 'time span',
      meaning: 'how long to keep retrying while no request is accepted',
    }),
  },
  EXAMPLE,
);

export type BrazeSection = z.output<typeof fields>;

export const brazeSection: SectionSchema = { fields, example: EXAMPLE };

export function brazeConnection(
  section: BrazeSection,
  { proxy }: Pick<ConnectionContext, 'proxy'>,
): BrazeSettings {
  const { restEndpoint, partnerName, partnerApiKey, dataImportKey } = section;
  return {
    origin: restEndpoint.origin,
    partnerName: partnerName ?? restEndpoint.partnerName ?? DEFAULT_PARTNER_NAME,
    partnerApiKey: partnerApiKey ?? null,
    dataImportKey,
    requestsPerHour: section.requestsPerHour,
    giveUpAfterMs: section.giveUpAfter,
    proxy,
  };
}

/** Contradictions between the endpoint and what else the section says. */
export function brazeProblems({
  restEndpoint,
  clusterRegion,
  partnerName,
}: Readonly<Record<string, unknown>>): readonly Problem[] {
  if (typeof restEndpoint !== 'string') return [];
  const endpoint = parseRestEndpoint(restEndpoint);
  if ('problem' in endpoint) return [];
  const problems: Problem[] = [];
  const isRegion = clusterRegion === 'US' || clusterRegion === 'EU';
  if (endpoint.region !== null && isRegion && clusterRegion !== endpoint.region) {
    problems.push({
      path: ['clusterRegion'],
      message: `is ${clusterRegion}, but the restEndpoint is in ${endpoint.region}`,
    });
  }
  const isNamed = endpoint.partnerName !== null && typeof partnerName === 'string';
  if (isNamed && partnerName !== endpoint.partnerName) {
    problems.push({
      path: ['partnerName'],
      message: `is "${partnerName}", but the restEndpoint names the partner "${endpoint.partnerName}"`,
    });
  }
  return problems;
}
