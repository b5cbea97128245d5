import ms from 'ms';
import { z } from 'zod';
import { parseRestEndpoint, type RestEndpoint } from '../destinations/braze/rest-endpoint.ts';
import { isSecureUrl } from '../http/secure-url.ts';
import { parseEndpoint } from '../sources/treasure-data/endpoint.ts';

/** The partner's path segment for Treasure Data is not public: this is a guess. */
const DEFAULT_PARTNER_NAME = 'treasure_data';
/** https://www.braze.com/docs/partners/isv_partners/cohort_import */
const DEFAULT_REQUESTS_PER_HOUR = 250_000;
/** Rows that are rejected now and then are normal; a tenth of them is a changed source. */
const DEFAULT_DEGRADED_ABOVE = 0.1;
const SHARE = 'must be a share from 0 to 1, such as 0.1';

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

const HOST_AND_PORT = 'must be HOST:PORT, such as 127.0.0.1:8080, localhost:8080 or "[::1]:8080"';
const address = z.string(HOST_AND_PORT).transform((value, context) => {
  const match = /^(?<host>.+):(?<port>\d{1,5})$/.exec(value);
  const port = Number(match?.groups?.port);
  if (match?.groups?.host !== undefined && port <= 65_535) {
    return { host: match.groups.host.replace(/^\[(.+)\]$/, '$1'), port };
  }
  context.addIssue({ code: 'custom', message: HOST_AND_PORT });
  return z.NEVER;
});

/** `example` is shown where something else stands in the mapping's place. */
const mustBeMapping = (example: string) => ({
  error: ({ input }: { readonly input?: unknown }) =>
    `${input === undefined ? 'is missing; write' : 'must be'} a mapping such as ${example}`,
});
const mapping = <S extends z.core.$ZodLooseShape>(shape: S, example: string) =>
  z.strictObject(shape, mustBeMapping(example));
const connections = <T extends z.ZodType>(section: T, example: string) =>
  z.record(z.string(), section, mustBeMapping(example)).default({});

const brazeFields = mapping(
  {
    restEndpoint,
    clusterRegion: z.enum(['US', 'EU'], 'must be US or EU').optional(),
    partnerName: text.optional(),
    partnerApiKey: text.optional(),
    dataImportKey: text,
    requestsPerHour: positiveInteger.default(DEFAULT_REQUESTS_PER_HOUR),
    giveUpAfter: duration.prefault('6h'),
  },
  '{ restEndpoint: …, dataImportKey: … }',
);
const brazeSection = brazeFields.transform(
  ({ restEndpoint: endpoint, partnerName, partnerApiKey, ...rest }) => ({
    origin: endpoint.origin,
    partnerName: partnerName ?? endpoint.partnerName ?? DEFAULT_PARTNER_NAME,
    partnerApiKey: partnerApiKey ?? null,
    dataImportKey: rest.dataImportKey,
    requestsPerHour: rest.requestsPerHour,
    giveUpAfterMs: rest.giveUpAfter,
  }),
);

const apiEndpoint = text.transform((value, context): string => {
  const endpoint = parseEndpoint(value);
  if ('origin' in endpoint) return endpoint.origin;
  context.addIssue({ code: 'custom', message: endpoint.problem });
  return z.NEVER;
});

const treasureDataSection = mapping(
  {
    endpoint: apiEndpoint.prefault('https://api.treasuredata.com'),
    apiKey: text,
  },
  '{ apiKey: … }',
);

const duckdbSection = mapping({ directory: text }, '{ directory: ./data }');

const stagingSection = mapping(
  { directory: text, keepRejects: duration.prefault('7d') },
  '{ directory: ./var/staging }',
);

const workerSection = mapping(
  {
    taskQueue: text.default('cohort-export'),
    healthAddress: address.optional(),
    metricsAddress: address.optional(),
  },
  '{ taskQueue: cohort-export }',
);

const share = z.preprocess(
  (value) => (typeof value === 'string' && /^[\d.]+$/.test(value) ? Number(value) : value),
  z.number(SHARE).min(0, SHARE).max(1, SHARE),
);

const webhookUrl = text.refine(
  isSecureUrl,
  'must be an https URL (plain http only for this machine itself)',
);

const notificationsSection = mapping(
  { webhookUrl, degradedAbove: share.default(DEFAULT_DEGRADED_ABOVE) },
  '{ webhookUrl: … }',
);

export const configSchema = z.strictObject(
  {
    braze: connections(brazeSection, '{ main: { restEndpoint: …, dataImportKey: … } }'),
    treasureData: connections(treasureDataSection, '{ main: { apiKey: … } }'),
    duckdb: connections(duckdbSection, '{ local: { directory: ./data } }'),
    staging: stagingSection,
    worker: workerSection.prefault({}),
    notifications: notificationsSection.optional(),
  },
  'must be a YAML mapping with the sections braze, duckdb, staging, …',
);

const SECTIONS: Readonly<Record<string, { readonly shape: object }>> = {
  braze: brazeFields,
  treasureData: treasureDataSection,
  duckdb: duckdbSection,
  staging: stagingSection,
  worker: workerSection,
  notifications: notificationsSection,
};

/** The fields that are known at a path of the file. */
export function knownFields(path: readonly PropertyKey[]): readonly string[] {
  return Object.keys(path.length === 0 ? SECTIONS : (SECTIONS[String(path[0])]?.shape ?? {}));
}
