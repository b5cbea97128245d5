import { DESTINATIONS } from './destinations/registry.ts';
import type { ConnectionType } from './domain/connection-type.ts';
import type { ExportTypes } from './domain/export-input.ts';
import { SOURCES } from './sources/registry.ts';

/** All that an export can name. */
export const EXPORT_TYPES: ExportTypes = { sources: SOURCES, destinations: DESTINATIONS };

/** The types that have a section in the configuration. */
export function connectionTypes({ sources, destinations }: ExportTypes): readonly ConnectionType[] {
  return [...destinations, ...sources];
}
