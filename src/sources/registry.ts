import type { SourceType } from '../domain/source-port.ts';
import { duckdb } from './duckdb/source.ts';
import { treasureData } from './treasure-data/source.ts';

/** Every type of source. All else that knows of them reads it here. */
export const SOURCES: readonly SourceType[] = [duckdb, treasureData];
