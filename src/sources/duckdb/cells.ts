import {
  DuckDBArrayType,
  DuckDBDecimalType,
  DuckDBListType,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBVector,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { ExportError } from '../../domain/failures.ts';
import { type Cell, type CellValue, InvalidValue } from '../../domain/rows.ts';
import { jsonCell, jsonItem } from './json-cell.ts';
import { nullTest, textColumn } from './text-column.ts';
import { isJson, shownName, unfit, unfitItem } from './unfit-type.ts';

const LIST_ENTRY_WORDS = 2;
/** Of the lists of a column in one chunk, up to 2,048 rows: they are in memory at once. */
const MOST_ITEMS = 10_000_000;

/** Types whose values are sent as their text: strings, and integers as decimal digits. */
const PLAIN_TYPES: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.ENUM,
  DuckDBTypeId.UUID,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UHUGEINT,
]);

/** The cells of a column of a chunk. `name` is the column's, for the cures of unfit types. */
export function columnCells(
  vector: duckdb.Vector,
  type: DuckDBType,
  rowCount: number,
  name: string,
): readonly Cell[] {
  if (type instanceof DuckDBListType) return listCells(vector, type, rowCount, name);
  if (type instanceof DuckDBArrayType) return arrayCells(vector, type, rowCount, name);
  if (isJson(type)) return textColumn(vector, rowCount).map((text) => jsonCell(text, name));
  return valueCells(vector, type, rowCount, name, () => unfit(type, name));
}

function listCells(
  vector: duckdb.Vector,
  type: DuckDBListType,
  rowCount: number,
  name: string,
): readonly Cell[] {
  const child = duckdb.list_vector_get_child(vector);
  const count = duckdb.list_vector_get_size(vector);
  if (count > MOST_ITEMS) throw tooManyItems(rowCount, name);
  const items = itemCells(child, type.valueType, count, name);
  const isNull = nullTest(vector, rowCount);
  const data = duckdb.vector_get_data(vector, rowCount * LIST_ENTRY_WORDS * 8);
  const entries = new BigUint64Array(data.buffer, data.byteOffset, rowCount * LIST_ENTRY_WORDS);
  return Array.from({ length: rowCount }, (_, row) => {
    if (isNull(row)) return null;
    const start = Number(entries[row * LIST_ENTRY_WORDS]);
    return items.slice(start, start + Number(entries[row * LIST_ENTRY_WORDS + 1]));
  });
}

function tooManyItems(rows: number, name: string): ExportError {
  const column = shownName(name);
  return new ExportError(
    'QueryFailed',
    `The lists in the column ${column} are too long: ${rows === 1 ? '1 row has' : `${rows} rows have`} more than ${MOST_ITEMS} items. Make each item a row of its own with unnest(${column}).`,
  );
}

function arrayCells(
  vector: duckdb.Vector,
  type: DuckDBArrayType,
  rowCount: number,
  name: string,
): readonly Cell[] {
  const child = duckdb.array_vector_get_child(vector);
  const items = itemCells(child, type.valueType, rowCount * type.length, name);
  const isNull = nullTest(vector, rowCount);
  return Array.from({ length: rowCount }, (_, row) =>
    isNull(row) ? null : items.slice(row * type.length, (row + 1) * type.length),
  );
}

/** The items of all lists of a column, one after another. */
function itemCells(
  vector: duckdb.Vector,
  type: DuckDBType,
  count: number,
  name: string,
): CellValue[] {
  return valueCells(vector, type, count, name, () => unfitItem(type, name));
}

/** `reason` says why values of an unfit type cannot be identifiers. */
function valueCells(
  vector: duckdb.Vector,
  type: DuckDBType,
  count: number,
  name: string,
  reason: () => string,
): CellValue[] {
  if (type.typeId === DuckDBTypeId.SQLNULL) return new Array(count).fill(null);
  if (isJson(type)) return textColumn(vector, count).map((text) => jsonItem(text, name));
  if (type.typeId === DuckDBTypeId.VARCHAR) return textColumn(vector, count);
  const isPlain =
    PLAIN_TYPES.has(type.typeId) || (type instanceof DuckDBDecimalType && type.scale === 0);
  const why = isPlain ? '' : reason();
  const values = DuckDBVector.create(vector, count, type);
  const cells: CellValue[] = [];
  for (let row = 0; row < count; row++) {
    const value = values.getItem(row);
    if (value === null) cells.push(null);
    else cells.push(isPlain ? String(value) : new InvalidValue(why, String(value)));
  }
  return cells;
}
