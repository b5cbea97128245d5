import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import {
  type DuckDBDataChunk,
  type DuckDBResult,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { type ColumnType, columnType } from './column-types.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import {
  CONTENT_TYPES,
  type Format,
  shortenRows,
  type TextOptions,
  unzip,
  writeText,
} from './result-formats.ts';

const PIECE_BYTES = 64 * 1024;

export interface ResultColumn {
  readonly name: string;
  readonly type: ColumnType;
}

export interface RequestedFormat extends Omit<TextOptions, 'format' | 'header'> {
  readonly format: Format;
  readonly header: boolean;
}

/** The bytes of a response. `etag` has its quotes. */
export interface ResultFile {
  readonly path: string;
  readonly size: number;
  readonly etag: string;
  readonly contentType: string;
}

/**
 * How many bytes at the end are missing: of the response's own, or of the msgpack inside an intact
 * gzip, for formats that have one.
 */
export interface Truncation {
  readonly bytes: number;
  readonly of: 'body' | 'rows';
}

/** The rows of a job, as files in a directory of its own. */
export class JobResult {
  readonly columns: readonly ResultColumn[];
  readonly records: number;
  /** Bytes of the msgpack.gz. */
  readonly size: number;
  readonly #directory: string;
  readonly #made = new Map<string, Promise<string>>();
  #etag = randomUUID();

  constructor(
    directory: string,
    columns: readonly ResultColumn[],
    { records, size }: { records: number; size: number },
  ) {
    this.#directory = directory;
    this.columns = columns;
    this.records = records;
    this.size = size;
  }

  /** The same rows under other ETags, as if they had been made again. */
  renew(): void {
    this.#etag = randomUUID();
  }

  async file(requested: RequestedFormat, truncation: Truncation | null): Promise<ResultFile> {
    const { format, header, nullifySpecial } = requested;
    const variant = `${format}${header ? '-header' : ''}${nullifySpecial ? '-nullified' : ''}`;
    const whole =
      format === 'msgpack.gz'
        ? rowsFile(this.#directory)
        : await this.#once(variant, (target) => this.#convert(format, requested, target));
    const path = truncation === null ? whole : await this.#truncated(variant, whole, truncation);
    const { size } = await stat(path);
    return { path, size, etag: `"${this.#etag}-${variant}"`, contentType: CONTENT_TYPES[format] };
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** A file is made when it is first asked for. */
  #once(variant: string, make: (target: string) => Promise<void>): Promise<string> {
    const known = this.#made.get(variant);
    if (known !== undefined) return known;
    const target = join(this.#directory, randomUUID());
    const made = make(target).then(() => target);
    this.#made.set(variant, made);
    return made;
  }

  async #convert(
    format: Exclude<Format, 'msgpack.gz'>,
    { header, nullifySpecial }: RequestedFormat,
    target: string,
  ): Promise<void> {
    const rows = rowsFile(this.#directory);
    if (format === 'msgpack') return unzip(rows, target);
    const names = header ? this.columns.map(({ name }) => name) : null;
    await writeText(rows, target, { format, header: names, nullifySpecial });
  }

  #truncated(variant: string, whole: string, { bytes, of }: Truncation): Promise<string> {
    return this.#once(`${variant} without ${bytes} of ${of}`, async (target) => {
      if (of === 'rows' && whole === rowsFile(this.#directory)) {
        return shortenRows(whole, target, bytes);
      }
      await copyFile(whole, target);
      await truncate(target, Math.max(0, (await stat(target)).size - bytes));
    });
  }
}

/** Writes rows to a directory, in flat memory. */
export async function writeResult(
  directory: string,
  result: DuckDBResult,
  chunks: AsyncIterable<DuckDBDataChunk>,
): Promise<JobResult> {
  const names = result.columnNames();
  const types = result.columnTypes();
  const columns = types.map((type, index) => {
    return { name: names[index] ?? '', type: columnType(type) };
  });
  const path = rowsFile(directory);
  const valuesOf = (chunk: DuckDBDataChunk, index: number): readonly DuckDBValue[] => {
    const values = chunk.getColumnValues(index);
    return types[index]?.typeId === DuckDBTypeId.VARCHAR
      ? withByteOrderMarks(values, duckdb.data_chunk_get_vector(chunk.chunk, index))
      : values;
  };
  let records = 0;
  const pieces = async function* () {
    const writer = new MsgpackWriter();
    for await (const chunk of chunks) {
      const values = columns.map(({ type }, index) => ({ type, values: valuesOf(chunk, index) }));
      writeRows(writer, values, chunk.rowCount);
      records += chunk.rowCount;
      if (writer.size >= PIECE_BYTES) yield writer.take();
    }
    yield writer.take();
  };
  await pipeline(pieces, createGzip({ level: 1 }), createWriteStream(path));
  const { size } = await stat(path);
  return new JobResult(directory, columns, { records, size });
}

/** DuckDB's `duckdb_string_t`: a length, and behind it the first bytes of the text, or zeros. */
const STRING_BYTES = 16;
const TEXT_AT = 4;
/** U+FEFF in UTF-8, as the lower three bytes of a number. */
const BYTE_ORDER_MARK = 0xbf_bb_ef;

/** DuckDB's library takes a leading U+FEFF for a mark of the encoding, and drops it. */
function withByteOrderMarks(values: readonly DuckDBValue[], vector: duckdb.Vector): DuckDBValue[] {
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, values.length * STRING_BYTES);
  const strings = new DataView(buffer, byteOffset);
  return values.map((value, row) => {
    const at = row * STRING_BYTES;
    const isMarked =
      value !== null && (strings.getUint32(at + TEXT_AT, true) & 0xff_ff_ff) === BYTE_ORDER_MARK;
    return isMarked ? `\uFEFF${value}` : value;
  });
}

interface ColumnValues {
  readonly type: ColumnType;
  readonly values: readonly DuckDBValue[];
}

function writeRows(
  writer: MsgpackWriter,
  columns: readonly ColumnValues[],
  rowCount: number,
): void {
  for (let row = 0; row < rowCount; row += 1) {
    writer.arrayHeader(columns.length);
    for (const { type, values } of columns) {
      const value = values[row] ?? null;
      if (value === null) writer.nil();
      else type.write(writer, value);
    }
  }
}

function rowsFile(directory: string): string {
  return join(directory, 'rows.msgpack.gz');
}
