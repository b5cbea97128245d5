import ms from 'ms';
import { z } from 'zod';
import {
  isLoopback,
  parseRestEndpoint,
  type RestEndpoint,
} from '../destinations/braze/rest-endpoint.ts';

/** The partner's path segment for Treasure Data is not public: this is a guess. */
const DEFAULT_PARTNER_NAME = 'treasure_data';
/** https://www.braze.com/docs/partners/isv_partners/cohort_import */
const DEFAULT_REQUESTS_PER_HOUR = 250_000;

const text = z
  .string({
    error: ({ input }) => (input === undefined ? 'is missing' : 'must be text; put it in quotes'),
  })
  .refine((value) => value.trim() !== '', 'must not be empty');

/** A variable's value is text, so a number may come as digits. */
const positiveInteger = z.preprocess(
  (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
  z.int('must be a whole number').min(1, 'must be 1 or more'),
);

const duration = text.transform((value, context) => {
  const parsed = /[a-z]/i.test(value) ? ms(value as ms.StringValue) : undefined;
  if (typeof parsed === 'number' && parsed >= 1_000) return parsed;
  context.addIssue({ code: 'custom', message: 'must be a time span such as 30s, 15m, 6h or 7d' });
  return z.NEVER;
});

const restEndpoint = text.transform((value, context): RestEndpoint => {
  const endpoint = parseRestEndpoint(value);
  if (!('problem' in endpoint)) return endpoint;
  context.addIssue({ code: 'custom', message: endpoint.problem });
  return z.NEVER;
});

const address = text.transform((value, context) => {
  const match = /^(?<host>.+):(?<port>\d{1,5})$/.exec(value);
  const port = Number(match?.groups?.port);
  if (match?.groups?.host !== undefined && port <= 65_535) {
    return { host: match.groups.host.replace(/^\[(.+)\]$/, '$1'), port };
  }
  context.addIssue({ code: 'custom', message: 'must be HOST:PORT, such as 127.0.0.1:8080' });
  return z.NEVER;
});

const brazeSection = z
  .strictObject({
    restEndpoint,
    clusterRegion: z.enum(['US', 'EU'], 'must be US or EU').optional(),
    partnerName: text.optional(),
    partnerApiKey: text.optional(),
    dataImportKey: text,
    requestsPerHour: positiveInteger.default(DEFAULT_REQUESTS_PER_HOUR),
    giveUpAfter: duration.prefault('6h'),
  })
  .transform(({ restEndpoint: endpoint, partnerName, partnerApiKey, ...rest }) => ({
    origin: endpoint.origin,
    partnerName: partnerName ?? endpoint.partnerName ?? DEFAULT_PARTNER_NAME,
    partnerApiKey: partnerApiKey ?? null,
    dataImportKey: rest.dataImportKey,
    requestsPerHour: rest.requestsPerHour,
    giveUpAfterMs: rest.giveUpAfter,
  }));

function isSecure(endpoint: string): boolean {
  const url = URL.parse(endpoint);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
}

const treasureDataSection = z.strictObject({
  endpoint: text
    .refine(isSecure, 'must be an https URL, such as https://api.treasuredata.com')
    .default('https://api.treasuredata.com'),
  apiKey: text,
});

const duckdbSection = z.strictObject({ directory: text });

const stagingSection = z.strictObject({
  directory: text,
  keepRejects: duration.prefault('7d'),
});

const workerSection = z.strictObject({
  taskQueue: text.default('cohort-export'),
  healthAddress: address.optional(),
  metricsAddress: address.optional(),
});

const connections = <T extends z.ZodType>(section: T) =>
  z.record(z.string(), section, 'must be names of connections with their settings').default({});

export const configSchema = z.strictObject(
  {
    braze: connections(brazeSection),
    treasureData: connections(treasureDataSection),
    duckdb: connections(duckdbSection),
    staging: z.strictObject(stagingSection.shape, 'is missing: set staging.directory'),
    worker: workerSection.prefault({}),
  },
  'must be a YAML mapping with the sections braze, duckdb, staging, …',
);

/** The fields that are known at a path of the file. */
export function knownFields(path: readonly PropertyKey[]): readonly string[] {
  const sections: Readonly<Record<string, readonly string[]>> = {
    braze: [
      'restEndpoint',
      'clusterRegion',
      'partnerName',
      'partnerApiKey',
      'dataImportKey',
      'requestsPerHour',
      'giveUpAfter',
    ],
    treasureData: Object.keys(treasureDataSection.shape),
    duckdb: Object.keys(duckdbSection.shape),
    staging: Object.keys(stagingSection.shape),
    worker: Object.keys(workerSection.shape),
  };
  return path.length === 0 ? Object.keys(sections) : (sections[String(path[0])] ?? []);
}
