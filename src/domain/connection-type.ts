import type { z } from 'zod';
import { ExportError } from './failures.ts';
import { didYouMean } from './nearest.ts';
import type { Problem } from './problems.ts';

/** The standard proxy variables; `null` where one is not set. */
export interface ProxySettings {
  readonly httpProxy: string | null;
  readonly httpsProxy: string | null;
  readonly noProxy: string | null;
}

/** What a connection is made with, besides its own section of the configuration. */
export interface ConnectionContext {
  /** The name that exports use. */
  readonly name: string;
  /** Absolute: where relative paths of the configuration start. */
  readonly baseDirectory: string;
  readonly proxy: ProxySettings;
}

/** Files of the worker that no query may read. */
export interface PrivateFiles {
  readonly configuration: string;
  /** `null` where rows are staged elsewhere. */
  readonly stagingDirectory: string | null;
  readonly scratchDirectory: string;
}

/**
 * A type of source or destination, as the configuration sees it: the section `type` holds its
 * connections by name. Methods take what its own schemas have checked.
 */
export interface ConnectionType<Section = object, Connection extends object = object> {
  /** The name of the section, and `type` in an export. */
  readonly type: string;
  /** The connection of an export that names none. */
  readonly defaultConnection: string;
  readonly section: SectionSchema;
  /**
   * What is wrong beyond the fields themselves: contradictions, missing directories. Gets
   * the section as it was written, so that these are reported together with all other problems.
   */
  problems?(
    section: Readonly<Record<string, unknown>>,
    context: Pick<ConnectionContext, 'baseDirectory'>,
  ): readonly Problem[];
  /** What is allowed but unwise. */
  warnings?(connection: Connection, files: PrivateFiles): readonly Problem[];
  /** The connection as plain data, which can be passed to another process. */
  connection(section: Section, context: ConnectionContext): Connection;
}

export interface SectionSchema {
  /** Its output is what `connection` takes. */
  readonly fields: z.ZodObject;
  /** Shown where something else stands in its place, such as `{ apiKey: … }`. */
  readonly example: string;
}

export type Connections = Readonly<Record<string, object>>;

/** Connections by type, then by name. */
export type ConnectionsByType = Readonly<Record<string, Connections>>;

/** @throws ExportError `UnknownConnection` */
export function findConnection(all: ConnectionsByType, type: string, name: string): object {
  const connections = all[type] ?? {};
  const connection = Object.hasOwn(connections, name) ? connections[name] : undefined;
  if (connection === undefined) throw unknownConnection(type, name, Object.keys(connections));
  return connection;
}

/** `type` is the section of the configuration that holds connections of this type. */
function unknownConnection(type: string, name: string, known: readonly string[]): ExportError {
  const hint =
    known.length === 0
      ? `The worker's configuration has no connections under ${type}. Add`
      : `The worker's configuration has ${known.map((each) => `"${each}"`).join(', ')} under ${type}${didYouMean(name, known)}. Use one of those, or add`;
  return new ExportError(
    'UnknownConnection',
    `There is no ${type} connection named "${name}". ${hint} it to the configuration and restart the workers.`,
  );
}
