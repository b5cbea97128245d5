import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { nearestNames } from '../../domain/nearest.ts';

const MAX_ENTRIES = 2_000;
const MAX_SHOWN = 5;
/** Files that a query can read by their names. */
export const DATA_FILE =
  /\.(?:csv|tsv|parquet|json|jsonl|ndjson|geojson|geojsonl)(?:\.(?:gz|zst))?$/i;
/** What people take for a table, and DuckDB cannot read by its name. */
export const WORKBOOK = /\.(?:xlsx?|xlsm|xlsb|ods|numbers)$/i;

export type Format = 'csv' | 'json' | 'parquet';

/** The format of a data file, by its name. */
export function formatOf(name: string): Format {
  if (/\.(?:csv|tsv)(?:\.|$)/i.test(name)) return 'csv';
  return /\.parquet(?:\.|$)/i.test(name) ? 'parquet' : 'json';
}

/** Whether a word in an error names a file of the directory: errors name those that a pattern matches. */
export function isDataFile(word: string, directory: string): boolean {
  if (!DATA_FILE.test(word)) return false;
  try {
    return realpathSync(resolve(directory, word)).startsWith(`${directory}/`);
  } catch {
    return false;
  }
}

/**
 * ` Did you mean "members.csv"?`, or the directory's files if no name is similar. Only files that can
 * be read are suggested, first those with the same name but another extension or folder.
 */
export function nearestFiles(name: string, directory: string): string {
  const all = filesBelow(directory);
  const files = all.filter((file) => DATA_FILE.test(file));
  const same = files.filter((file) => stem(file).toLowerCase() === stem(name).toLowerCase());
  const stems = new Set(nearestNames(stem(name), files.map(stem)));
  const near = [
    ...new Set([
      ...same,
      ...nearestNames(name, files),
      ...files.filter((file) => stems.has(stem(file))),
    ]),
  ];
  if (near.length > 0) return ` Did you mean ${near.slice(0, 3).map(inQuotes).join(' or ')}?`;
  if (all.length === 0) return ' The directory has no files.';
  if (files.length === 0) return ' The directory has no CSV, Parquet or JSON files.';
  const others = files.length > MAX_SHOWN ? ' and others' : '';
  return ` The directory contains ${files.slice(0, MAX_SHOWN).map(inQuotes).join(', ')}${others}.`;
}

/** Relative names, nearest to the top first; a huge directory is not read to its end. */
export function filesBelow(directory: string): string[] {
  const files: string[] = [];
  const folders = [''];
  for (const folder of folders) {
    for (const entry of entriesOf(join(directory, folder))) {
      if (files.length + folders.length >= MAX_ENTRIES) return files;
      const name = join(folder, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) folders.push(name);
      else if (entry.isFile()) files.push(name);
    }
  }
  return files;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

/** A file's name without its folder and its extensions: what people remember of it. */
function stem(name: string): string {
  return basename(name).replace(/(\.[a-z0-9]+)+$/i, '');
}

function inQuotes(name: string): string {
  return `"${name}"`;
}
