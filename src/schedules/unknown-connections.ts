import type { ConnectionNames } from '../config/connection-names.ts';
import type { ConnectionType } from '../domain/connection-type.ts';
import type { ExportTypes } from '../domain/export-input.ts';
import { didYouMean } from '../domain/nearest.ts';
import { fieldsOf, type Problem } from '../domain/problems.ts';

/**
 * Connections that an export names, or uses by default, and that a configuration does not have. Checks
 * the input as it was written, so that these are reported together with all other problems.
 */
export function unknownConnections(
  input: unknown,
  { sources, destinations }: ExportTypes,
  names: ConnectionNames,
): Problem[] {
  const { connection, destination, source } = fieldsOf(input);
  const from = fieldsOf(source);
  const to = destinations.find(({ type }) => type === destination) ?? destinations[0];
  return [
    ...check(['export', 'connection'], connection, to, names),
    ...check(
      ['export', 'source', 'connection'],
      from.connection,
      sources.find(({ type }) => type === from.type),
      names,
    ),
  ];
}

function check(
  path: readonly string[],
  typed: unknown,
  type: ConnectionType | undefined,
  { file, connections }: ConnectionNames,
): Problem[] {
  const name = typed ?? type?.defaultConnection;
  if (type === undefined || typeof name !== 'string') return [];
  const known = connections(type.type);
  if (known.includes(name)) return [];
  const others =
    known.length === 0
      ? '; it has none'
      : didYouMean(name, known) || `; it has ${known.map((each) => `"${each}"`).join(', ')}`;
  return [{ path, message: `${file} has no connection "${name}" under ${type.type}${others}` }];
}
