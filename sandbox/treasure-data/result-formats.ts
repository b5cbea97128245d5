import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { decodeMultiStream } from '@msgpack/msgpack';

export const FORMATS = ['msgpack.gz', 'msgpack', 'json', 'csv', 'tsv'] as const;
export type Format = (typeof FORMATS)[number];

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  'msgpack.gz': 'application/gzip',
  msgpack: 'application/x-msgpack',
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  tsv: 'text/tab-separated-values; charset=utf-8',
};

export interface TextOptions {
  readonly format: 'json' | 'csv' | 'tsv';
  /** A first line with these names; `null` if there is none. JSON never has one. */
  readonly header: readonly string[] | null;
  /** NaN and the infinities as null. */
  readonly nullifySpecial: boolean;
}

type Value = null | boolean | number | bigint | string | Value[] | { [key: string]: Value };

const LINES_PER_PIECE = 1_000;

/** Writes the rows of a msgpack.gz as msgpack. */
export async function unzip(source: string, target: string): Promise<void> {
  await pipeline(createReadStream(source), createGunzip(), createWriteStream(target));
}

/** Writes a msgpack.gz again whose msgpack lacks its last `bytes` bytes. */
export async function shortenRows(source: string, target: string, bytes: number): Promise<void> {
  await pipeline(
    createReadStream(source),
    createGunzip(),
    (chunks) => withoutEnd(chunks, bytes),
    createGzip(),
    createWriteStream(target),
  );
}

/** Writes the rows of a msgpack.gz as lines of text. */
export async function writeText(
  source: string,
  target: string,
  options: TextOptions,
): Promise<void> {
  const unzipped = createReadStream(source).pipe(createGunzip());
  await pipeline(() => textPieces(unzipped, options), createWriteStream(target));
}

async function* withoutEnd(
  chunks: AsyncIterable<Buffer>,
  bytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    if (held.length <= bytes) continue;
    yield held.subarray(0, held.length - bytes);
    held = held.subarray(held.length - bytes);
  }
}

async function* textPieces(
  bytes: AsyncIterable<Buffer>,
  { format, header, nullifySpecial }: TextOptions,
): AsyncGenerator<string, void, undefined> {
  const separator = format === 'tsv' ? '\t' : ',';
  const toText = (value: Value): string => json(value, nullifySpecial);
  const toCell = (value: Value): string => cell(value, separator, toText);
  if (header !== null && format !== 'json') yield `${header.map(toCell).join(separator)}\n`;
  let lines: string[] = [];
  const rows = decodeMultiStream<undefined>(bytes, { useBigInt64: true, mapKeyConverter: String });
  for await (const row of rows as AsyncIterable<Value[]>) {
    lines.push(format === 'json' ? toText(row) : row.map(toCell).join(separator));
    if (lines.length < LINES_PER_PIECE) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`;
}

/** JSON with integers of any size and, as Treasure Data has it, bare NaN and Infinity. */
function json(value: Value, nullifySpecial: boolean): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') {
    return nullifySpecial && !Number.isFinite(value) ? 'null' : String(value);
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((each) => json(each, nullifySpecial)).join(',')}]`;
  const pairs = Object.entries(value).map(
    ([key, each]) => `${JSON.stringify(key)}:${json(each, nullifySpecial)}`,
  );
  return `{${pairs.join(',')}}`;
}

function cell(value: Value, separator: string, toText: (value: Value) => string): string {
  if (value === null) return '';
  const text = typeof value === 'string' ? value : toText(value);
  const isPlain = !text.includes(separator) && !/["\r\n]/.test(text);
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}
