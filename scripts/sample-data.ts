// Makes the sample data of the demo and the sandbox, and prints where they are.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { SETUP, TABLES } from './sample-data/tables.ts';
import { withLock } from './setup/lock.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const VERSION_FILE = '.version';
/** The data are made again whenever their SQL was changed. */
const VERSION = createHash('sha256')
  .update(JSON.stringify([SETUP, TABLES]))
  .digest('hex');

/**
 * The directory with `customers.parquet`, `orders.csv` and `example_cohort_table.csv`, made now
 * if it is not there yet, which takes about two seconds.
 */
export async function ensureSampleData(root: string = ROOT): Promise<string> {
  const directory = join(root, 'data/sample');
  if (isCurrent(directory)) return directory;
  await withLock(join(root, 'var/sample-data.lock'), async () => {
    if (!isCurrent(directory)) await replace(directory);
  });
  return directory;
}

function isCurrent(directory: string): boolean {
  const version = join(directory, VERSION_FILE);
  if (!TABLES.every(({ file }) => existsSync(join(directory, file)))) return false;
  return existsSync(version) && readFileSync(version, 'utf8') === VERSION;
}

/** Made under another name and renamed when it is whole, so that no half of it is ever read. */
async function replace(directory: string): Promise<void> {
  const parent = dirname(directory);
  const prefix = `${basename(directory)}-new-`;
  await mkdir(parent, { recursive: true });
  // Only the holder of the lock is here: whatever else has the name, a killed process left behind.
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true });
  }
  const work = await mkdtemp(join(parent, prefix));
  try {
    const made = join(work, 'made');
    await mkdir(made);
    await writeTables(made);
    await writeFile(join(made, VERSION_FILE), VERSION);
    if (existsSync(directory)) await rename(directory, join(work, 'old'));
    await rename(made, directory);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeTables(directory: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(SETUP);
    for (const { file, format, query } of TABLES) {
      const path = join(directory, file).replaceAll("'", "''");
      await connection.run(`COPY (${query}) TO '${path}' (${format})`);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

if (import.meta.main) console.log(await ensureSampleData());
