import { ExportError } from '../../domain/failures.ts';
import { ENGINE_TEXTS, type EngineText } from './engine-texts.ts';
import { nearestFiles } from './file-names.ts';
import { type Mask, masksFor } from './mask.ts';

const MAX_WORDS = 600;

export interface QueryText {
  readonly query: string;
  readonly directory: string;
}

/** An error as DuckDB tells it under `errors_as_json`. */
interface EngineError {
  /** Its class, such as `Conversion`. */
  readonly kind: string;
  readonly message: string;
  /** Where in the query, in bytes. */
  readonly position?: string | undefined;
}

/** Classes which speak of the statement, and of the data only where they quote names. */
const STATEMENT_KINDS: ReadonlySet<string> = new Set(['Parser', 'Binder', 'Catalog']);

/**
 * What DuckDB threw, in its own words where they cannot quote the data. `prefixBytes` is the length
 * of what stood before the query.
 */
export function engineFailed(error: unknown, text: QueryText, prefixBytes = 0): ExportError {
  const { position, ...engine } = engineError(error);
  const at = position === undefined ? undefined : String(Number(position) - prefixBytes);
  return queryFailed({ ...engine, position: at }, text);
}

export function queryFailed(error: EngineError, text: QueryText): ExportError {
  const message = error.message.replaceAll(`${text.directory}/`, '');
  const missing = /^No files found that match the pattern "(.*)"$/s.exec(message)?.[1];
  if (missing !== undefined) {
    const where = place(error, text);
    return new ExportError(
      'QueryFailed',
      `No file in the connection's directory matches "${missing}"${where}${nearestFiles(missing, text.directory)}`,
    );
  }
  const { words, cure } = safeWords({ ...error, message }, masksFor(text));
  return new ExportError(
    'QueryFailed',
    `DuckDB could not run the query. ${error.kind} Error: ${cut(words)}${place(error, text)}${cure}`,
  );
}

function engineError(error: unknown): EngineError {
  const text = error instanceof Error ? error.message : String(error);
  const json = text.replace(/^Failed to extract statements: Parser Error: (?=\{)/, '');
  if (json.startsWith('{')) {
    try {
      const { exception_type, exception_message, position } = JSON.parse(json);
      return { kind: String(exception_type), message: String(exception_message), position };
    } catch {
      return { kind: 'Unknown', message: '' };
    }
  }
  const [, kind = 'Unknown', message = ''] =
    /^([A-Z][A-Za-z ]{2,40}) Error: (.*)$/s.exec(text) ?? [];
  return { kind, message };
}

function safeWords(error: EngineError, mask: Mask): { words: string; cure: string } {
  if (STATEMENT_KINDS.has(error.kind))
    return { words: statementWords(error.message, mask), cure: '' };
  const known = knownWords(error.message, mask);
  if (known !== null) return known;
  if (mask.isTyped(error.message)) return { words: error.message, cure: '' };
  return {
    words: 'its words may quote the data and are not shown',
    cure: ' Run the query in DuckDB itself to read them.',
  };
}

/** The message as one of the texts that are known, or those of its lines that are. */
function knownWords(message: string, mask: Mask): { words: string; cure: string } | null {
  const whole = matchKnown(message.trim(), mask);
  if (whole !== null) return { words: whole.words, cure: cureOf([whole.text]) };
  const lines = message.split('\n').map((line) => matchKnown(line.trim(), mask));
  const known = lines.filter((line) => line !== null);
  if (known.length === 0) return null;
  return {
    words: known.map((line) => line.words.replace(/\.$/, '')).join('; '),
    cure: cureOf(known.map((line) => line.text)),
  };
}

function matchKnown(line: string, mask: Mask): { words: string; text: EngineText } | null {
  for (const text of ENGINE_TEXTS) {
    const match = text.pattern.exec(line);
    if (match !== null) return { words: text.render(match, mask), text };
  }
  return null;
}

function cureOf(texts: readonly EngineText[]): string {
  const cure = texts.map((text) => text.cure).find((each) => each !== undefined);
  return cure === undefined ? '' : ` ${cure}`;
}

/** Quoted names stay where the query has them or where they look like names. */
function statementWords(message: string, mask: Mask): string {
  return message
    .trim()
    .replace(/"[^"\n]*"/g, (run) => mask.name(run))
    .replace(/'[^'\n]*'/g, (run) => (/^'[^@]+\([^@]*\)'$/.test(run) ? run : mask.name(run)))
    .replace(/\S*@\S*/g, (word) => (mask.isTyped(word) ? word : '…'))
    .replace(/\s*\n\s*/g, '; ');
}

/** ` (line 2, column 5 of the query).` */
function place({ position }: EngineError, { query }: QueryText): string {
  const bytes = Buffer.from(query);
  const at = Number(position ?? Number.NaN);
  if (!(at >= 0 && at <= bytes.length)) return '.';
  const before = bytes.subarray(0, at).toString().split('\n');
  return ` (line ${before.length}, column ${[...(before.at(-1) ?? '')].length + 1} of the query).`;
}

function cut(words: string): string {
  const whole = words.trim().replace(/[.!]+$/, '');
  return whole.length <= MAX_WORDS ? whole : `${whole.slice(0, MAX_WORDS)}…`;
}
