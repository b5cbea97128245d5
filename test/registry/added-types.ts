import type { ExportTypes } from '../../src/domain/export-input.ts';
import { EXPORT_TYPES } from '../../src/registry.ts';
import { jsonFiles } from './json-files/source.ts';
import { ledger } from './ledger/destination.ts';

/** What there is, and a source and a destination that only tests know. */
export const MORE_TYPES: ExportTypes = {
  sources: [...EXPORT_TYPES.sources, jsonFiles],
  destinations: [...EXPORT_TYPES.destinations, ledger],
};
