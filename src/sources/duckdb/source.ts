import type { SourceType } from '../../domain/source-port.ts';
import {
  type DuckdbConnection,
  type DuckdbSection,
  duckdbConnection,
  duckdbProblems,
  duckdbSection,
  duckdbWarnings,
} from './config.ts';
import { type DuckdbSpec, duckdbInput } from './input.ts';
import type { DuckdbRead } from './reader.ts';

/** SQL over CSV, Parquet and JSON files of a directory. */
export const duckdb: SourceType<DuckdbSpec, DuckdbSection, DuckdbConnection> = {
  type: 'duckdb',
  defaultConnection: 'local',
  section: duckdbSection,
  input: duckdbInput,
  reader: new URL('./reader.ts', import.meta.url),
  problems: (section, { baseDirectory }) => duckdbProblems(section, baseDirectory),
  warnings: duckdbWarnings,
  connection: (section, { baseDirectory }) => duckdbConnection(section, baseDirectory),
  readData: ({ query }, { directory }, { scheduledTime }): DuckdbRead => ({
    directory,
    query,
    scheduledTime,
  }),
};
