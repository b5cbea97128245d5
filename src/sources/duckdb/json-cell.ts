import { type Cell, type CellValue, InvalidValue } from '../../domain/rows.ts';
import { shownName } from './unfit-type.ts';

/** A number of an array, as it is written. */
class WrittenNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * The cell of a JSON value: a string without its quotes, an integer as its digits, an array of those.
 * DuckDB writes other numbers its own way (`1e5` as `100000.0`), so they are invalid.
 * @param column its name, for the messages
 */
export function jsonCell(text: string | null, column: string): Cell {
  if (text === null || !text.trimStart().startsWith('[')) return jsonItem(text, column);
  const items = JSON.parse(text, keepWritten) as unknown[];
  return items.map((item) =>
    jsonItem(item instanceof WrittenNumber ? item.text : JSON.stringify(item), column),
  );
}

/** Like `jsonCell`, but an array is invalid. */
export function jsonItem(text: string | null, column: string): CellValue {
  const value = text?.trim() ?? 'null';
  if (value === 'null') return null;
  if (value.startsWith('"')) return JSON.parse(value) as string;
  if (/^-?\d+$/.test(value)) return value;
  return new InvalidValue(whatItIs(value, shownName(column)), value);
}

function whatItIs(value: string, name: string): string {
  if (value.startsWith('{')) {
    return `is a JSON object; take one of its fields, such as ${name}->>'$.id'`;
  }
  if (value.startsWith('[')) {
    return `is a JSON array inside an array; take its items out first, with unnest in place of ${name}`;
  }
  if (value === 'true' || value === 'false') {
    return `is a JSON boolean; make it text with ${name}->>'$'`;
  }
  return `is a JSON number with a fraction or an exponent; write it as a string in the file that ${name} comes from`;
}

function keepWritten(
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  return typeof value === 'number' ? new WrittenNumber(context?.source ?? String(value)) : value;
}
