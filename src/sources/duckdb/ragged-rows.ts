import { isSafeName } from '../../redaction/names.ts';
import type { IsTyped } from '../../redaction/typed.ts';
import { sqlText } from './sql-tokens.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;
const QUOTED = /"(?:[^"]|"")*"/g;
/** More columns would make the message too long to read. */
const MOST_COLUMNS = 20;

/** The beginning of a CSV file, as far as its header and the lengths of its rows show in it. */
export class CsvHead {
  readonly header: readonly string[];
  readonly #delimiter: string;
  readonly #rows: readonly string[];

  constructor(head: string) {
    const [first = '', ...rows] = head.replace(/^\ufeff/, '').split(/\r\n|[\r\n]/);
    this.#rows = rows;
    this.#delimiter = mostFrequent(first) ?? mostFrequent(head.replace(QUOTED, '')) ?? ',';
    this.header = this.#cells(first);
  }

  /** Whether another line has names of the header alone, or all of them. */
  get hasSecondHeader(): boolean {
    const names = new Set(this.header.filter((name) => name !== ''));
    return this.#rows.some((row) => {
      const cells = this.#cells(row);
      const found = cells.filter((cell) => names.has(cell)).length;
      return found > 0 && found >= Math.min(cells.length, names.size);
    });
  }

  /**
   * Parameters that read rows of different lengths. Nothing may be detected: with `null_padding`, DuckDB
   * prefers a delimiter that no row has, and so whole lines would be the values of the first column.
   */
  raggedParameters(leastColumns: number, isTyped: IsTyped): string {
    const rows = this.#rows.join('\n').replace(QUOTED, '').split('\n');
    const lengths = rows.map((row) => row.split(this.#delimiter).length);
    const count = lengths.reduce(
      (most, length) => Math.max(most, length),
      Math.max(leastColumns, this.header.length),
    );
    const names = columnNames(this.header, count, isTyped).map(
      (name) => `${sqlText(name)}: 'VARCHAR'`,
    );
    const more = count > MOST_COLUMNS ? ', …' : '';
    const columns = names.slice(0, MOST_COLUMNS).join(', ');
    const delimiter = this.#delimiter === '\t' ? '\\t' : this.#delimiter;
    return `auto_detect = false, delim = ${sqlText(delimiter)}, header = true, null_padding = true, columns = {${columns}${more}}`;
  }

  #cells(line: string): string[] {
    return line.split(this.#delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  }
}

/** Those of the header where they can be shown and differ, and else such as DuckDB gives. */
function columnNames(header: readonly string[], count: number, isTyped: IsTyped): string[] {
  const taken = new Set<string>();
  return Array.from({ length: count }, (_, index) => {
    const name = header[index] ?? '';
    const isShown = name !== '' && !taken.has(name.toLowerCase()) && isSafeName(name, isTyped);
    taken.add(name.toLowerCase());
    return isShown ? name : `column${index}`;
  });
}

function mostFrequent(text: string): string | null {
  const counts = DELIMITERS.map((delimiter) => text.split(delimiter).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? null : (DELIMITERS[counts.indexOf(most)] ?? null);
}
