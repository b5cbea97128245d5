import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const READABLE = /\.(?:csv|tsv|parquet|json|jsonl|ndjson)(?:\.gz)?$/i;
/** DuckDB would take these for a pattern. */
const WILDCARDS = /[*?[\]]/;

/** A file that SQL can read. */
export interface DataFile {
  readonly name: string;
  /** The file's name without its ending, or `name` if another file has that already. */
  readonly table: string;
  readonly path: string;
}

/**
 * The CSV, Parquet and JSON files of a directory, as it is at each call. Directories in it are left
 * out, and links, which may lead out of it.
 */
export class DataFiles {
  readonly #directory: string | null;

  /** `null` has no files. */
  constructor(directory: string | null) {
    this.#directory = directory;
  }

  list(): DataFile[] {
    const directory = this.#directory;
    if (directory === null) return [];
    const names = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile() && READABLE.test(entry.name))
      .map(({ name }) => name)
      .filter((name) => !WILDCARDS.test(name))
      .sort();
    const taken = new Set<string>();
    return names.map((name) => {
      const stem = name.replace(READABLE, '');
      const isFree = !taken.has(stem.toLowerCase());
      taken.add(stem.toLowerCase());
      return { name, path: join(directory, name), table: isFree ? stem : name };
    });
  }

  /** The files that a query may mean: those whose table or name its text has as a word. */
  mentionedIn(query: string): DataFile[] {
    return this.list().filter(({ name, table }) => hasWord(query, table) || hasWord(query, name));
  }
}

function hasWord(text: string, word: string): boolean {
  const literal = word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`, 'iu').test(text);
}
