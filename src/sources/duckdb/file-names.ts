import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
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
  return DATA_FILE.test(word) && pathInside(word, directory) !== null;
}

/** Where a name leads to, without links; `null` if that is outside the directory, or nowhere. */
function pathInside(name: string, directory: string): string | null {
  try {
    const path = realpathSync(resolve(directory, name));
    return path.startsWith(`${directory}/`) ? path : null;
  } catch {
    return null;
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

/**
 * The files that a query can read by their names, also those behind links that stay inside: relative,
 * nearest to the top first, without those whose names begin with a dot. Only the first of very many.
 */
function filesBelow(directory: string): string[] {
  const files: string[] = [];
  const folders = [''];
  const links = new Set<string>();
  for (const folder of folders) {
    for (const entry of entriesOf(join(directory, folder))) {
      if (files.length + folders.length >= MAX_ENTRIES) return files;
      const name = join(folder, entry.name);
      if (entry.name.startsWith('.')) continue;
      const target = entry.isSymbolicLink() ? targetOf(name, directory, links) : entry;
      if (target?.isDirectory()) folders.push(name);
      else if (target?.isFile()) files.push(name);
    }
  }
  return files;
}

/**
 * What a link leads to; `null` if that is outside the directory, or a folder that a link led to before:
 * links may go in circles.
 */
function targetOf(name: string, directory: string, seen: Set<string>) {
  const path = pathInside(name, directory);
  const target = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
  if (path === null || target === undefined) return null;
  if (target.isDirectory() && seen.has(path)) return null;
  seen.add(path);
  return target;
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
