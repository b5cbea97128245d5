const TRY_CAST = 'TRY_CAST gives NULL where a value does not fit.';
const ALL_TEXT = 'read_csv(…, all_varchar = true) reads every column as text.';
const ICONV = 'as with iconv -f WINDOWS-1252 -t UTF-8 members.csv > utf-8.csv';
const CORRUPT = 'The file is damaged, truncated or of another type; write it again.';

/** Sentences to add where DuckDB's text matches at its start or at that of a line; the first match counts. */
const CURES: readonly [text: RegExp, cure: string][] = [
  [
    /^Could not parse string .* according to format specifier/,
    'try_strptime gives NULL where a value does not fit.',
  ],
  [
    /^JSON transform error/,
    "read_json(…, columns = {user_ids: 'JSON'}) sets the types instead of guessing them.",
  ],
  [
    /^Malformed JSON at byte/,
    "Compare a JSON column by its text, such as user_ids->>'$'. Where not every value is JSON, TRY_CAST(… AS JSON) gives NULL.",
  ],
  [/^Overflow in/, 'Cast to a wider type first, such as HUGEINT.'],
  [/^Failure in decode/, 'try(decode(…)) gives NULL for such a value.'],
  [/^More than one row returned by a subquery/, 'Make the subquery return one row, or join it.'],
  [
    /prepared statement parameters|^Expected \d+ parameters/,
    'An export has no parameters: write the values into the query.',
  ],
  [
    /^(?:missing|unexpected) [)\]]:|repetition operator:|^invalid (?:escape sequence|character class range|perl operator):/,
    'The regular expression is not valid.',
  ],
  [/^Error when converting column/, ALL_TEXT],
  [
    /^Value with unterminated quote/,
    "read_csv(…, quote = '') reads quotes as they are; escape = '\\' is for values with a backslash before their quotes.",
  ],
  [
    /^The CSV Parser state machine reached an invalid state/,
    "The file probably mixes line endings: sed -i 's/\\r$//' members.csv converts those of Windows.",
  ],
  [
    /^Expected Number of Columns/,
    "A value that contains the delimiter needs quotes. To fill short lines with NULL, name all columns of the longest one: read_csv(…, auto_detect = false, delim = ',', header = true, null_padding = true, columns = {user_ids: 'VARCHAR', b: 'VARCHAR'}).",
  ],
  [
    /^Invalid unicode .* detected/,
    `Save the file as UTF-8, ${ICONV}, or name its encoding: read_csv(…, encoding = 'latin-1').`,
  ],
  [/^File is not \S+ encoded/, `Save the file as UTF-8, ${ICONV}.`],
  [/^byte order/, 'Save the file as UTF-8 without a byte order mark.'],
  [/^Maximum line size of/, 'read_csv(…, max_line_size = …) allows longer lines.'],
  [
    /^It was not possible to automatically detect the CSV/,
    "Describe the format of the file: read_csv(…, delim = ',', quote = '\"', header = true), with escape = '\\' if values have a backslash before their quotes. An empty file also needs auto_detect = false, with columns.",
  ],
  [
    /^It was not possible to detect the CSV Header/,
    'read_csv(…, header = true) or header = false says whether there is one.',
  ],
  [
    /^Schema mismatch between globbed files/,
    'read_csv(…, union_by_name = true) fills missing columns with NULL.',
  ],
  [/^"maximum_object_size"/, 'read_json(…, maximum_object_size = …) allows longer values.'],
  [
    /schema mismatch in glob/,
    'read_parquet(…, union_by_name = true) fills missing columns with NULL.',
  ],
  [
    /^Failed to read (?:Parquet )?file|^No magic bytes|too small to be a Parquet file|^Footer length|^Could not read enough bytes|not a GZIP stream|^Unknown frame descriptor|^don't know what type|^TProtocolException/,
    CORRUPT,
  ],
  [
    /file system operations are disabled by configuration|^File .* requires the extension/,
    "A query reads CSV, Parquet and JSON files inside the connection's directory, by names relative to it, such as FROM 'members.csv'; links that lead out of it and URLs are not followed.",
  ],
  [/^Could not convert string|can't be cast|field value out of range|field format/, TRY_CAST],
];

/** What helps against an error, or the empty string. */
export function cureOf(message: string): string {
  const lines = message.split('\n').map((line) => line.trim());
  return CURES.find(([text]) => lines.some((line) => text.test(line)))?.[1] ?? '';
}
