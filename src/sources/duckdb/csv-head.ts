import { isSafeName } from '../../redaction/names.ts';
import type { IsTyped } from '../../redaction/typed.ts';
import { sqlText } from './sql-tokens.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;
const QUOTED = /"(?:[^"]|"")*"/g;
/** More columns would make the message too long to read. */
const MOST_COLUMNS = 20;

/** The first lines of a CSV file, as far as its header and the lengths of its rows show in them. */
export class CsvHead {
  readonly header: readonly string[];
  readonly delimiter: string;
  readonly #rows: readonly string[];

  constructor([first = '', ...rows]: readonly string[]) {
    this.#rows = rows;
    const rest = rows.join('\n').replace(QUOTED, '');
    this.delimiter = mostFrequent(first.replace(QUOTED, '')) ?? mostFrequent(rest) ?? ',';
    this.header = cellsOf(first, this.delimiter);
  }

  /** Whether another line has names of the header alone, or all of them. */
  get hasSecondHeader(): boolean {
    const names = new Set(this.header.filter((name) => name !== '').map(lower));
    return this.#rows.some((row) => {
      const cells = cellsOf(row, this.delimiter);
      const found = cells.filter((cell) => names.has(lower(cell))).length;
      return found > 0 && found >= Math.min(cells.length, names.size);
    });
  }

  /** The number of fields of the longest row. */
  get width(): number {
    return Math.max(...new Set(this.#widths));
  }

  get isUneven(): boolean {
    return new Set(this.#widths).size > 1;
  }

  get #widths(): number[] {
    const rows = this.#rows.join('\n').replace(QUOTED, '').split('\n');
    const filled = rows.filter((row) => row !== '');
    return [this.header.length, ...filled.map((row) => row.split(this.delimiter).length)];
  }

  /**
   * Parameters that read rows of different lengths. Nothing may be detected: with `null_padding`, DuckDB
   * may prefer a delimiter that no row has, and so whole lines would be the values of the first column.
   */
  unevenParameters(
    names: readonly string[],
    hasHeader: boolean,
    isTyped: IsTyped,
    leastWidth = 0,
  ): string {
    const all = columnNames(names, Math.max(this.width, leastWidth), isTyped).map(
      (name) => `${sqlText(name)}: 'VARCHAR'`,
    );
    const more = all.length > MOST_COLUMNS ? ', …' : '';
    const columns = all.slice(0, MOST_COLUMNS).join(', ');
    return `auto_detect = false, delim = ${shownDelimiter(this.delimiter)}, header = ${hasHeader}, null_padding = true, columns = {${columns}${more}}`;
  }
}

/** The fields of a line, roughly: a delimiter inside of quotes ends one as well. */
export function cellsOf(line: string, delimiter: string): string[] {
  return line.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

function shownDelimiter(delimiter: string): string {
  return delimiter === '\t' ? "'\\t'" : sqlText(delimiter);
}

/** Names where they can be shown and differ, and else such as DuckDB gives. */
export function columnNames(names: readonly string[], count: number, isTyped: IsTyped): string[] {
  const taken = new Set<string>();
  return Array.from({ length: count }, (_, index) => {
    const name = names[index] ?? '';
    const isShown = name !== '' && !taken.has(lower(name)) && isSafeName(name, isTyped);
    taken.add(lower(name));
    return isShown ? name : `column${index}`;
  });
}

function mostFrequent(text: string): string | null {
  const counts = DELIMITERS.map((delimiter) => text.split(delimiter).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? null : (DELIMITERS[counts.indexOf(most)] ?? null);
}

function lower(text: string): string {
  return text.toLowerCase();
}
