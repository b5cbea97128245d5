import { DuckDBInstance, type Json } from '@duckdb/node-api';
import type { DemoExport } from './export-request.ts';
import type { Alias, Members } from './members.ts';

/** Braze's limit of an external id. */
const LONGEST_BYTES = 987;

export interface Expected {
  readonly members: Members;
  readonly rows: { readonly read: number; readonly rejected: number };
}

/**
 * Runs an export's query without the exporter, and says whom an empty cohort has to hold after it.
 * It shares no code with the exporter on purpose: it is the second opinion.
 */
export async function expectedMembers(request: DemoExport, directory: string): Promise<Expected> {
  const rows = await runQuery(request.source.query, directory);
  const userIds = new Set<string>();
  const deviceIds = new Set<string>();
  const aliases = new Map<string, Alias>();
  let rejected = 0;
  for (const row of rows) {
    const users = identifiers(row.user_ids);
    const devices = identifiers(row.device_ids);
    const others = request.aliases.flatMap((label) =>
      identifiers(row[label]).map((name) => ({ alias_label: label, alias_name: name })),
    );
    const all = [...users, ...devices, ...others.map((alias) => alias.alias_name)];
    if (all.length === 0 || !all.every(isValid)) {
      rejected += 1;
      continue;
    }
    for (const id of users) userIds.add(id);
    for (const id of devices) deviceIds.add(id);
    for (const alias of others) aliases.set(JSON.stringify(alias), alias);
  }
  return {
    members: {
      userIds: [...userIds],
      deviceIds: [...deviceIds],
      aliases: [...aliases.values()],
    },
    rows: { read: rows.length, rejected },
  };
}

async function runQuery(query: string, directory: string): Promise<Record<string, Json>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`SET file_search_path = '${directory.replaceAll("'", "''")}'`);
    const reader = await connection.runAndReadAll(query);
    return reader.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** NULL and the empty string mean that there is no identifier. */
function identifiers(cell: Json | undefined): string[] {
  if (Array.isArray(cell)) return cell.flatMap(identifiers);
  return cell === undefined || cell === null || cell === '' ? [] : [String(cell)];
}

function isValid(identifier: string): boolean {
  return identifier.trim() !== '' && Buffer.byteLength(identifier) <= LONGEST_BYTES;
}
