import {
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { MsgpackWriter } from './msgpack-writer.ts';

/** How a column of DuckDB's goes out: its type's names, and its values in msgpack. */
export interface ColumnType {
  readonly trino: string;
  readonly hive: string;
  write(writer: MsgpackWriter, value: DuckDBValue): void;
}

const asText = (writer: MsgpackWriter, value: DuckDBValue): void => writer.text(String(value));
const asInteger = (writer: MsgpackWriter, value: DuckDBValue): void => {
  if (typeof value !== 'bigint' || BigInt.asUintN(64, value) === value) {
    writer.integer(value as number | bigint);
  } else if (BigInt.asIntN(64, value) === value) writer.integer(value);
  else throw new RangeError(`bigint overflow: ${value}`);
};

const simple = (trino: string, hive: string, write: ColumnType['write']): ColumnType => {
  return { trino, hive, write };
};

/** Everything that is not here and has no parts, such as ENUM and UUID, is a varchar. */
const SIMPLE: ReadonlyMap<DuckDBTypeId, ColumnType> = new Map([
  [
    DuckDBTypeId.BOOLEAN,
    simple('boolean', 'boolean', (writer, value) => writer.boolean(value === true)),
  ],
  [DuckDBTypeId.TINYINT, simple('tinyint', 'tinyint', asInteger)],
  [DuckDBTypeId.SMALLINT, simple('smallint', 'smallint', asInteger)],
  [DuckDBTypeId.UTINYINT, simple('smallint', 'smallint', asInteger)],
  [DuckDBTypeId.INTEGER, simple('integer', 'int', asInteger)],
  [DuckDBTypeId.USMALLINT, simple('integer', 'int', asInteger)],
  [DuckDBTypeId.BIGINT, simple('bigint', 'bigint', asInteger)],
  [DuckDBTypeId.UINTEGER, simple('bigint', 'bigint', asInteger)],
  [DuckDBTypeId.UBIGINT, simple('bigint', 'bigint', asInteger)],
  // DuckDB's sum of integers is a HUGEINT, Trino's a bigint.
  [DuckDBTypeId.HUGEINT, simple('bigint', 'bigint', asInteger)],
  [DuckDBTypeId.UHUGEINT, simple('bigint', 'bigint', asInteger)],
  [DuckDBTypeId.FLOAT, simple('real', 'float', (writer, value) => writer.float32(value as number))],
  [
    DuckDBTypeId.DOUBLE,
    simple('double', 'double', (writer, value) => writer.float64(value as number)),
  ],
  [DuckDBTypeId.DATE, simple('date', 'date', asText)],
  [DuckDBTypeId.TIME, simple('time', 'string', asText)],
  [DuckDBTypeId.TIMESTAMP, simple('timestamp', 'timestamp', asText)],
  [DuckDBTypeId.TIMESTAMP_S, simple('timestamp', 'timestamp', asText)],
  [DuckDBTypeId.TIMESTAMP_MS, simple('timestamp', 'timestamp', asText)],
  [DuckDBTypeId.TIMESTAMP_NS, simple('timestamp', 'timestamp', asText)],
  [DuckDBTypeId.TIMESTAMP_TZ, simple('timestamp with time zone', 'timestamp', asText)],
  [DuckDBTypeId.SQLNULL, simple('unknown', 'void', asText)],
  [
    DuckDBTypeId.BLOB,
    simple('varchar', 'string', (writer, value) => {
      if (value instanceof DuckDBBlobValue) writer.textBytes(value.bytes);
      else throw new TypeError(`Not a BLOB: ${value}`);
    }),
  ],
]);

const TEXT = simple('varchar', 'string', asText);
const JSON_TEXT = simple('json', 'string', asText);

/** @throws RangeError from its `write`, for an integer beyond 64 bits */
export function columnType(type: DuckDBType): ColumnType {
  if (type instanceof DuckDBDecimalType) {
    const name = `decimal(${type.width},${type.scale})`;
    return simple(name, name, asText);
  }
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    return arrayType(columnType(type.valueType));
  }
  if (type instanceof DuckDBMapType) {
    return mapType(columnType(type.keyType), columnType(type.valueType));
  }
  if (type instanceof DuckDBStructType) return rowType(type);
  if (type.alias === 'JSON') return JSON_TEXT;
  return SIMPLE.get(type.typeId) ?? TEXT;
}

function writeOrNil(type: ColumnType, writer: MsgpackWriter, value: DuckDBValue): void {
  if (value === null) writer.nil();
  else type.write(writer, value);
}

function arrayType(item: ColumnType): ColumnType {
  return simple(`array(${item.trino})`, `array<${item.hive}>`, (writer, value) => {
    if (!(value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)) {
      throw new TypeError(`Not a list: ${value}`);
    }
    writer.arrayHeader(value.items.length);
    for (const each of value.items) writeOrNil(item, writer, each);
  });
}

function mapType(key: ColumnType, item: ColumnType): ColumnType {
  const trino = `map(${key.trino},${item.trino})`;
  return simple(trino, `map<${key.hive},${item.hive}>`, (writer, value) => {
    if (!(value instanceof DuckDBMapValue)) throw new TypeError(`Not a map: ${value}`);
    writer.mapHeader(value.entries.length);
    for (const entry of value.entries) {
      writeOrNil(key, writer, entry.key);
      writeOrNil(item, writer, entry.value);
    }
  });
}

function rowType(type: DuckDBStructType): ColumnType {
  const fields = type.entryNames.map((name, index) => {
    return { name, type: columnType(type.entryTypes[index] as DuckDBType) };
  });
  const trino = `row(${fields.map((field) => `${field.name} ${field.type.trino}`).join(',')})`;
  const hive = `struct<${fields.map((field) => `${field.name}:${field.type.hive}`).join(',')}>`;
  return simple(trino, hive, (writer, value) => {
    if (!(value instanceof DuckDBStructValue)) throw new TypeError(`Not a struct: ${value}`);
    writer.mapHeader(fields.length);
    for (const field of fields) {
      writer.text(field.name);
      writeOrNil(field.type, writer, value.entries[field.name] ?? null);
    }
  });
}
