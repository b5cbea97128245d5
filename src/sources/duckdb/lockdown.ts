import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

export interface LockedDatabase extends Disposable {
  readonly connection: DuckDBConnection;
}

export interface Confinement {
  /** Absolute and without symbolic links; also the process's working directory. */
  readonly directory: string;
  /** Absolute. DuckDB writes here what does not fit into memory, and the SQL could read that. */
  readonly spillDirectory: string;
  readonly memoryMb: number;
  readonly variables?: { readonly scheduled_time?: Date | undefined } | undefined;
}

/**
 * An empty database in memory that reads files below one directory and changes no setting. It does
 * not keep a statement from writing inside the directory: `checkStatement` does.
 */
export async function openLockedDatabase(confinement: Confinement): Promise<LockedDatabase> {
  const instance = await DuckDBInstance.create(':memory:', settings(confinement));
  try {
    const connection = await instance.connect();
    for (const statement of lockdown(confinement)) await connection.run(statement);
    return {
      connection,
      [Symbol.dispose]() {
        connection.disconnectSync();
        instance.closeSync();
      },
    };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

/** Sets what DuckDB would otherwise take from the environment (TZ, HOME). */
function settings({ spillDirectory, memoryMb }: Confinement): Record<string, string> {
  return {
    memory_limit: `${memoryMb}MB`,
    temp_directory: spillDirectory,
    home_directory: spillDirectory,
    secret_directory: spillDirectory,
    extension_directory: spillDirectory,
    allow_persistent_secrets: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    preserve_insertion_order: 'true',
    errors_as_json: 'true',
    // An older version leaves newer syntax out of the tree that `checkStatement` looks at.
    storage_compatibility_version: 'latest',
  };
}

/** The order matters: each of the last three makes those before it final. */
function lockdown({ directory, variables }: Confinement): string[] {
  const scheduled = variables?.scheduled_time;
  return [
    "SET TimeZone = 'UTC'",
    ...(scheduled === undefined ? [] : [setTimestamp('scheduled_time', scheduled)]),
    `SET allowed_directories = [${quoted(`${directory}/`)}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ];
}

function setTimestamp(name: string, time: Date): string {
  return `SET VARIABLE ${name} = make_timestamp(${BigInt(time.getTime()) * 1_000n})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
