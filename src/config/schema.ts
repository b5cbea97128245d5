import { z } from 'zod';
import { address, duration, mapping, mustBeMapping, share, text } from '../domain/config-fields.ts';
import type { ConnectionType } from '../domain/connection-type.ts';
import type { KeysAt } from '../domain/problems.ts';
import { isSecureUrl } from '../http/secure-url.ts';

/** Rows that are rejected now and then are normal; a tenth of them is a changed source. */
const DEFAULT_DEGRADED_ABOVE = 0.1;
export const DEFAULT_TASK_QUEUE = 'cohort-export';

const webhookUrl = text.refine(
  isSecureUrl,
  'must be an https URL (plain http only for this machine itself)',
);

/** Temporal gives a chunk to another worker after 15 s without a heartbeat. */
const LONGEST_HEARTBEAT_INTERVAL_MS = 5_000;
const heartbeatInterval = duration.refine(
  (ms) => ms <= LONGEST_HEARTBEAT_INTERVAL_MS,
  'must be from 1s to 5s',
);

/** The sections that are not of a type of source or destination. */
const SECTIONS = {
  staging: mapping(
    { directory: text, keepRejects: duration.prefault('7d') },
    '{ directory: ./var/staging }',
  ),
  worker: mapping(
    {
      taskQueue: text.default(DEFAULT_TASK_QUEUE),
      heartbeatInterval: heartbeatInterval.prefault('2s'),
      healthAddress: address.optional(),
      metricsAddress: address.optional(),
    },
    '{ taskQueue: cohort-export }',
  ),
  notifications: mapping(
    { webhookUrl, degradedAbove: share.default(DEFAULT_DEGRADED_ABOVE) },
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
  return (path) =>
    Object.keys(path.length === 0 ? sections : (sections[String(path[0])]?.shape ?? {}));
}
