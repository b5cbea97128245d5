import { z } from 'zod';
import {
  address,
  duration,
  mapping,
  megabytes,
  mustBeMapping,
  positiveInteger,
  share,
  text,
} from '../domain/config-checks.ts';
import type { ConnectionType } from '../domain/connection-type.ts';
import { documented } from '../domain/field-docs.ts';
import type { KeysAt } from '../domain/problems.ts';
import { isSecureUrl } from '../http/secure-url.ts';
import { S3_SECTION } from '../staging/s3/section.ts';

/** A few rejected rows are normal; if a tenth is rejected, the source has changed. */
const DEFAULT_DEGRADED_ABOVE = 0.1;
export const DEFAULT_TASK_QUEUE = 'cohort-export';

const webhookUrl = text.refine(
  isSecureUrl,
  'must be an https URL (http is allowed only for a loopback host)',
);

/** Temporal gives a chunk to another worker after 15 s without a heartbeat. */
const LONGEST_HEARTBEAT_INTERVAL_MS = 5_000;
const heartbeatInterval = duration.refine(
  (ms) => ms <= LONGEST_HEARTBEAT_INTERVAL_MS,
  'must be from 1s to 5s',
);

/** Less is not enough for DuckDB to read one file with a few threads. */
const LEAST_MEMORY_MB = 100;
const memoryPerQuery = megabytes.refine(
  (size) => size >= LEAST_MEMORY_MB,
  `must be ${LEAST_MEMORY_MB}MB or more`,
);

const STAGING_EXAMPLE = '{ directory: ./var/staging }';

/** The sections that are not of a type of source or destination. */
export const SECTIONS = {
  staging: mapping(
    {
      directory: documented(text.optional(), {
        type: 'path',
        default: 'required',
        meaning:
          'where rows are kept between query and sending; created if it does not exist, closed to other users (0700). Only `s3` can take its place',
      }),
      s3: documented(S3_SECTION.optional(), {
        type: 'mapping',
        meaning: 'a bucket to keep them in, instead of a directory: [its keys](#s3)',
      }),
      keepRejects: documented(duration.prefault('7d'), {
        type: 'time span',
        meaning: 'how long rejects files are kept',
      }),
    },
    STAGING_EXAMPLE,
  ).refine(
    ({ directory, s3 }) => (directory === undefined) !== (s3 === undefined),
    'must have either directory or s3, and not both: where rows are kept between query and sending',
  ),
  worker: mapping(
    {
      taskQueue: documented(text.default(DEFAULT_TASK_QUEUE), {
        type: 'string',
        meaning: 'the Temporal task queue that the worker polls',
      }),
      heartbeatInterval: documented(heartbeatInterval.prefault('2s'), {
        type: 'time span, 1s to 5s',
        meaning:
          'how often an export that is sending records its progress in Temporal. Temporal Cloud bills each heartbeat; a longer interval means [more requests sent again](guarantees.md#what-is-sent-more-than-once) after a crash',
      }),
      maxConcurrentQueries: documented(positiveInteger.default(2), {
        type: 'integer ≥ 1',
        meaning:
          'how many DuckDB queries and downloads from Treasure Data this process runs at once; the others [wait](#queries-at-once)',
      }),
      memoryPerQuery: documented(memoryPerQuery.prefault('1GB'), {
        type: 'size, at least 100MB',
        meaning:
          'how much memory DuckDB may use for one query; the rest goes to `scratchDirectory`',
      }),
      scratchDirectory: documented(text.optional(), {
        type: 'path',
        default: "below the system's temporary directory",
        meaning:
          'where DuckDB keeps what does not fit into memory; created if it does not exist. A local disk, **not** one in memory',
      }),
      healthAddress: documented(address.optional(), {
        type: 'HOST:PORT',
        default: 'not served',
        meaning:
          '`GET /healthz`: 200 while the process is alive. `GET /readyz`: 200 while Temporal accepts its polls, else 503',
      }),
      metricsAddress: documented(address.optional(), {
        type: 'HOST:PORT',
        default: 'not served',
        meaning: '`GET /metrics` for Prometheus',
      }),
    },
    '{ taskQueue: cohort-export }',
  ),
  notifications: mapping(
    {
      webhookUrl: documented(webhookUrl, {
        type: 'URL',
        meaning:
          'events are posted to this URL; https, or http on a loopback host. Treat it as a secret and keep it in an environment variable',
      }),
      degradedAbove: documented(share.default(DEFAULT_DEGRADED_ABOVE), {
        type: '0–1',
        meaning: 'send a notification if a run rejects more than this share of its rows',
      }),
    },
    '{ webhookUrl: … }',
  ),
};

/** The configuration without its connections. */
export const settingsSchema = z.object({
  staging: SECTIONS.staging,
  worker: SECTIONS.worker.prefault({}),
  notifications: SECTIONS.notifications.optional(),
});

export type Settings = z.output<typeof settingsSchema>;

/** What a file may hold, with a section for each type of connection. */
export function configSchema(types: readonly ConnectionType[]) {
  const sections = types.map(({ type, defaultConnection, section }) => {
    const example = `{ ${defaultConnection}: ${section.example} }`;
    return [
      type,
      z.record(z.string(), section.fields, mustBeMapping(example)).default({}),
    ] as const;
  });
  const names = [...types.map(({ type }) => type), 'staging'].join(', ');
  const shape: Readonly<Record<string, z.ZodType>> = Object.fromEntries(sections);
  return z.strictObject(
    { ...shape, ...settingsSchema.shape },
    `must be a YAML mapping with the sections ${names}, …`,
  );
}

/** The fields that are known at a path of the file. */
export function knownFields(types: readonly ConnectionType[]): KeysAt {
  const connections = types.map(({ type, section }) => [type, section.fields] as const);
  const sections: Readonly<Record<string, { readonly shape: object }>> = {
    ...Object.fromEntries(connections),
    ...SECTIONS,
  };
  return (path) => Object.keys(path.length === 0 ? sections : (shapeAt(path, sections) ?? {}));
}

function shapeAt(
  [section, field]: readonly PropertyKey[],
  sections: Readonly<Record<string, { readonly shape: object }>>,
): object | undefined {
  return section === 'staging' && field === 's3'
    ? S3_SECTION.shape
    : sections[String(section)]?.shape;
}
