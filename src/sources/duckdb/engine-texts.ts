import type { Mask } from './mask.ts';

/** An error text of DuckDB's that is known, and which parts of it may be shown. */
export interface EngineText {
  readonly pattern: RegExp;
  render(match: RegExpExecArray, mask: Mask): string;
  /** A sentence to add. */
  readonly cure?: string;
}

interface Hole {
  readonly pattern: string;
  render(run: string, mask: Mask): string;
}

const TYPE_WORD =
  'U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?(?:8|16|32|64|128)?|BOOL(?:EAN)?|FLOAT|DOUBLE|DECIMAL(?:\\(\\d+,\\d+\\))?|VARCHAR|JSON|BLOB|UUID|BIT|BIGNUM|DATE|TIME(?:STAMP)?(?:_S|_MS|_NS)?(?: WITH TIME ZONE)?|INTERVAL|VARIANT|GEOMETRY|LIST|ENUM|NULL';
const FIELDS = '(?:STRUCT|MAP|UNION|ENUM)\\(.*\\)';

/** `{value}` is never shown; `{n}` counts lines, bytes, columns and the like. */
const HOLES: Readonly<Record<string, Hole>> = {
  value: { pattern: '.*?', render: () => '…' },
  type: {
    pattern: `["']?(?:${TYPE_WORD}|${FIELDS})(?:\\[\\d*\\])*["']?`,
    render: (run) => run.replace(/\(.*[^\d,)].*\)/s, '(…)'),
  },
  rest: { pattern: '.*', render: () => '' },
  name: { pattern: '[^\\n]+', render: (run, mask) => mask.name(run) },
  typed: { pattern: '[^\\n]+', render: (run, mask) => mask.typed(run) },
  file: { pattern: '[^\\n]+', render: (run, mask) => mask.file(run) },
  n: { pattern: '\\d{1,15}', render: (run) => run },
  size: { pattern: '[\\d.]+ (?:bytes|[KMGT]iB)', render: (run) => run },
  words: { pattern: '[a-zA-Z][a-zA-Z0-9 ,()-]{2,80}', render: (run) => run },
  format: { pattern: '\\([A-Z:\\[\\]|+±. -]+\\)', render: (run) => run },
  column: {
    pattern: '(?: when casting from source column [^\\n]+)?',
    render: (run, mask) =>
      run.replace(
        /^( when casting from source column )(.+)$/s,
        (_, text: string, name: string) => `${text}${mask.name(name)}`,
      ),
  },
};

function text(template: string, cure?: string): EngineText {
  const parts = template.split(/\{(\w+)\}/);
  const holes = parts.flatMap((part, index) => (index % 2 === 1 ? [HOLES[part]] : []));
  const literal = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = parts
    .map((part, index) => (index % 2 === 1 ? `(${HOLES[part]?.pattern})` : literal(part)))
    .join('');
  return {
    pattern: new RegExp(`^${pattern}$`, 's'),
    render: (match, mask) =>
      parts
        .map((part, index) =>
          index % 2 === 1
            ? holes[(index - 1) / 2]?.render(match[(index + 1) / 2] ?? '', mask)
            : part,
        )
        .join(''),
    ...(cure === undefined ? {} : { cure }),
  };
}

const TRY_CAST = 'TRY_CAST gives NULL where a value does not fit.';
const ALL_TEXT = 'read_csv(…, all_varchar = true) reads every column as text.';
const JSON_TYPES =
  "read_json(…, columns = {user_ids: 'VARCHAR'}) sets the types instead of guessing them.";
const UTF8 =
  "Save the file as UTF-8, or name its encoding: read_csv(…, encoding = 'latin-1') or 'utf-16'.";
const MEMORY =
  'Let it sort, group or join fewer rows or columns at once (only the columns that are sent, WHERE before ORDER BY), or give the worker a machine with more memory.';
const INSIDE =
  "A query reads CSV, Parquet and JSON files inside the connection's directory, by names relative to it, such as FROM 'members.csv'; links that lead out of it and URLs are not followed.";
const CORRUPT = 'The file is damaged, cut off, or of another kind; write it anew.';
const REGEX = 'The regular expression is not valid.';

export const ENGINE_TEXTS: readonly EngineText[] = [
  text('Could not convert string {value} to {type}{column}', TRY_CAST),
  text(
    "Type {type} with value {value} can't be cast to the destination type {type}{column}",
    TRY_CAST,
  ),
  text(
    "Type {type} with value {value} can't be cast because the value is out of range for the destination type {type}{column}",
    TRY_CAST,
  ),
  text('Unimplemented type for cast ({type} -> {type}){column}'),
  text('date field value out of range: {value}{column}', TRY_CAST),
  text('timestamp field value out of range: {value}{column}', TRY_CAST),
  text('time field value out of range: {value}, expected format is {format}{column}', TRY_CAST),
  text('invalid date field format: {value}, expected format is {format}{column}', TRY_CAST),
  text('invalid timestamp field format: {value}, expected format is {format}{column}', TRY_CAST),
  text(
    'Could not parse string {value} according to format specifier {typed}\n{rest}',
    'try_strptime gives NULL where a value does not fit.',
  ),
  text('Failed to parse format specifier {typed}: {value}'),
  text('Could not parse DATEFORMAT: {value}'),
  text('extract specifier {typed} not recognized'),
  text('Could not decode string {value} as base64: {words}'),
  text('Invalid hex escape code encountered in string -> blob conversion of string {value}'),
  text('Invalid input for hex digit: {value}'),
  text(
    'Malformed JSON at byte {n} of input: {words}.  Input: {value}{column}',
    'Not every value is JSON; TRY_CAST(… AS JSON) gives NULL where one is not.',
  ),
  text('JSON path error near {typed}'),
  text('Overflow in {words} of {type} ({value})!', 'Cast to a wider type first, such as HUGEINT.'),
  text('Overflow in HUGEINT addition: {value}'),
  text('Date out of range: {value}'),
  text('Epoch seconds out of range for {type}'),
  text('cannot take {words} of {words}'),
  text('Left-shift value {value} is out of range'),
  text('Cannot cast array of size {n} to array of size {n}'),
  text('Cannot create a string of size: {value}, the maximum supported string size is: {value}'),
  text('Lists larger than 2^32 elements are not supported'),
  text('Map keys must be unique.'),
  text('Map keys can not be NULL.'),
  text(
    'Failure in decode: could not convert blob to UTF8 string{rest}',
    'try(decode(…)) gives NULL for such a value.',
  ),
  text(
    'More than one row returned by a subquery used as an expression{rest}',
    'Make the subquery return one row, or join it.',
  ),
  text('Unknown TimeZone {typed}!{rest}'),
  text(
    'Values were not provided for the following prepared statement parameters: {typed}',
    'An export has no parameters: write the values into the query.',
  ),
  text('missing ): {typed}', REGEX),
  text('missing ]: {typed}', REGEX),
  text('unexpected ): {typed}', REGEX),
  text('no argument for repetition operator: {typed}', REGEX),
  text('bad repetition operator: {typed}', REGEX),
  text('invalid escape sequence: {typed}', REGEX),
  text('invalid character class range: {typed}', REGEX),
  text('invalid perl operator: {typed}', REGEX),

  text('CSV Error on Line: {n}'),
  text('Error when converting column {name}. Could not convert string {value} to {type}', ALL_TEXT),
  text('Error when converting column {name}. {value}', ALL_TEXT),
  text('This type was auto-detected from the CSV file.'),
  text('Value with unterminated quote found.', "read_csv(…, quote = '') reads quotes as they are."),
  text(
    'Expected Number of Columns: {n} Found: {n}',
    'A value that holds the delimiter needs quotes; read_csv(…, null_padding = true) fills short lines with NULL.',
  ),
  text(
    'Invalid unicode (byte sequence mismatch) detected. This file is not {words} encoded.',
    UTF8,
  ),
  text(
    'Maximum line size of {n} bytes exceeded. Actual Size:{n} bytes.',
    'read_csv(…, max_line_size = …) allows longer lines.',
  ),
  text('Error when sniffing file {file}.'),
  text(
    'It was not possible to automatically detect the CSV parsing {words}',
    "Say how the file is written: read_csv(…, delim = ',', quote = '\"', header = true).",
  ),
  text(
    'It was not possible to detect the CSV Header, due to the header having less columns than expected',
    'read_csv(…, header = true) or header = false says whether there is one.',
  ),
  text('file = {file}'),
  text(
    'Schema mismatch between globbed files.',
    'read_csv(…, union_by_name = true) fills missing columns with NULL.',
  ),
  text('Main file schema: {file}'),
  text('Current file: {file}'),
  text('Column with name: {name} is missing'),

  text('Malformed JSON in file {file}, at byte {n} in line {n}: {words}.'),
  text('Malformed JSON in file {file}, at byte {n} in record/value {n}: {words}.'),
  text('JSON transform error in file {file}, in line {n}: {value}', JSON_TYPES),
  text('JSON transform error in file {file}, in record/value {n}: {value}', JSON_TYPES),
  text(
    '"maximum_object_size" of {n} bytes exceeded while reading file {file} (>{n} bytes).{rest}',
    'read_json(…, maximum_object_size = …) allows longer values.',
  ),

  text('Error while reading file {file}: {value}'),
  text(
    'Failed to read file {file}: schema mismatch in glob: column {name} was read from the original file {file}, but could not be found in file {file}.\n{rest}',
    'read_parquet(…, union_by_name = true) fills missing columns with NULL.',
  ),
  text('Failed to read file {file}: {words}', CORRUPT),
  text('Failed to read Parquet file {file}: {words}', CORRUPT),
  text('No magic bytes found at end of file {file}', CORRUPT),
  text('File {file} too small to be a Parquet file', CORRUPT),
  text('Footer length error in file {file}', CORRUPT),
  text("File {file} is encrypted, but 'encryption_config' was not set"),
  text(
    'Could not read enough bytes from file {file}: attempted to read {n} bytes from location {n}',
    CORRUPT,
  ),
  text('Input is not a GZIP stream: {file}', CORRUPT),
  text('Unknown frame descriptor', CORRUPT),
  text("don't know what type: {value}", CORRUPT),
  text('TProtocolException: Invalid data', CORRUPT),
  text('Cannot open file {file}: {words}'),
  text(
    'Cannot access {words} {file} - file system operations are disabled by configuration',
    INSIDE,
  ),
  text('File {typed} requires the extension {words} to be loaded\n{rest}', INSIDE),

  text('failed to allocate data of size {size} ({size}/{size} used)', MEMORY),
  text('failed to pin block of size {size} ({size}/{size} used)', MEMORY),
  text('could not allocate block of size {size} ({size}/{size} used)', MEMORY),
  text(
    'failed to offload data block of size {size} ({size}/{size} used).',
    'The disk that the staging directory is on has too little room to sort or group this result.',
  ),
];
