import type { SourceType } from '../domain/source-port.ts';
import { duckdb } from './duckdb/source.ts';
import { treasureData } from './treasure-data/source.ts';

/** Every type of source; the only list of them. */
export const SOURCES: readonly SourceType[] = [duckdb, treasureData];
