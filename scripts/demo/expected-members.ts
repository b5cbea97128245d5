import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { DuckDBInstance, type Json } from '@duckdb/node-api';
import type { ExportInput, QueryExport } from './exports.ts';
import type { Alias, Members } from './members.ts';

/** Braze's limit of an external id. */
const LONGEST_BYTES = 987;
const TABLE_FILE = /\.(csv|parquet)$/;

export interface Expected {
  /** By cohort id. */
  readonly cohorts: ReadonlyMap<string, Members>;
  /** Of each export, in their order. */
  readonly rows: readonly { readonly read: number; readonly rejected: number }[];
}

/** Identifiers by what makes each the same as another. */
interface Identifiers {
  readonly userIds: Map<string, string>;
  readonly deviceIds: Map<string, string>;
  readonly aliases: Map<string, Alias>;
}

/**
 * Runs the queries of exports without the exporter, and says whom cohorts that did not exist have to
 * hold after them. It shares no code with exporter and sandbox on purpose: it is the second opinion.
 */
export async function expectedCohorts(
  exports: readonly Pick<QueryExport, 'input'>[],
  directory: string,
): Promise<Expected> {
  const cohorts = new Map<string, Identifiers>();
  const rows: Expected['rows'][number][] = [];
  for (const { input } of exports) {
    const result = await runQuery(input.source.query, directory);
    const { identifiers, rejected } = identifiersOf(result, input.aliases);
    const cohort = cohorts.get(input.cohortId) ?? noIdentifiers();
    change(cohort, identifiers, input.operation);
    cohorts.set(input.cohortId, cohort);
    rows.push({ read: result.length, rejected });
  }
  return { cohorts: new Map([...cohorts].map(([id, cohort]) => [id, membersOf(cohort)])), rows };
}

type Row = Record<string, Json>;

/** The files of the directory are tables, as they are in Treasure Data's place. */
async function runQuery(query: string, directory: string): Promise<Row[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    for (const file of await readdir(directory)) {
      if (!TABLE_FILE.test(file)) continue;
      const path = join(directory, file).replaceAll("'", "''");
      await connection.run(`CREATE VIEW "${parse(file).name}" AS FROM '${path}'`);
    }
    const reader = await connection.runAndReadAll(query);
    return reader.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function identifiersOf(rows: readonly Row[], aliasColumns: readonly string[]) {
  const identifiers = noIdentifiers();
  let rejected = 0;
  for (const row of rows) {
    const users = textsIn(row.user_ids);
    const devices = textsIn(row.device_ids);
    const aliases = aliasColumns.flatMap((label) =>
      textsIn(row[label]).map((name) => ({ alias_label: label, alias_name: name })),
    );
    const all = [...users, ...devices, ...aliases.map((alias) => alias.alias_name)];
    if (all.length === 0 || !all.every(isValid)) {
      rejected += 1;
      continue;
    }
    for (const id of users) identifiers.userIds.set(id, id);
    for (const id of devices) identifiers.deviceIds.set(id, id);
    for (const alias of aliases) identifiers.aliases.set(JSON.stringify(alias), alias);
  }
  return { identifiers, rejected };
}

/** NULL and the empty string mean that there is no identifier. */
function textsIn(cell: Json | undefined): string[] {
  if (Array.isArray(cell)) return cell.flatMap(textsIn);
  return cell === undefined || cell === null || cell === '' ? [] : [String(cell)];
}

function isValid(identifier: string): boolean {
  return identifier.trim() !== '' && Buffer.byteLength(identifier) <= LONGEST_BYTES;
}

function noIdentifiers(): Identifiers {
  return { userIds: new Map(), deviceIds: new Map(), aliases: new Map() };
}

function change(cohort: Identifiers, by: Identifiers, operation: ExportInput['operation']): void {
  const changeKind = <T>(members: Map<string, T>, named: ReadonlyMap<string, T>) => {
    for (const [key, member] of named) {
      if (operation === 'APPEND') members.set(key, member);
      else members.delete(key);
    }
  };
  changeKind(cohort.userIds, by.userIds);
  changeKind(cohort.deviceIds, by.deviceIds);
  changeKind(cohort.aliases, by.aliases);
}

function membersOf({ userIds, deviceIds, aliases }: Identifiers): Members {
  return {
    userIds: [...userIds.values()],
    deviceIds: [...deviceIds.values()],
    aliases: [...aliases.values()],
  };
}
