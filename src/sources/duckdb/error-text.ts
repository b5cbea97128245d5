import { ExportError } from '../../domain/failures.ts';
import type { QueryMemory } from '../../domain/source-port.ts';
import { wordsTypedIn } from '../../redaction/typed.ts';
import { cureOf } from './cures.ts';
import { missingData } from './data-directory.ts';
import { type EngineError, engineError, type PlaceInQuery } from './engine-error.ts';
import { engineWords } from './engine-words.ts';
import { nearestFiles } from './file-names.ts';
import { type OutsideCause, outsideCause } from './outside-causes.ts';

const MAX_WORDS = 600;
const LOOK_THERE = 'Run the query in DuckDB itself to see the whole message.';

export interface QueryText extends QueryMemory {
  readonly query: string;
  readonly directory: string;
}

/** What DuckDB threw, in its own words where they cannot quote the data. */
export function engineFailed(error: unknown, text: QueryText, place?: PlaceInQuery): ExportError {
  return queryFailed(engineError(error, place), text);
}

/** @param advice what helps, where more is known than DuckDB says */
export function queryFailed(error: EngineError, text: QueryText, advice = ''): ExportError {
  // Advice is more useful than DuckDB's long list of functions.
  const said =
    advice === '' ? error.message : error.message.replace(/\s+Candidate functions:.*$/s, '');
  const message = said.replaceAll(`${text.directory}/`, '');
  const missing = error.kind === 'IO' ? missingData(text.directory) : null;
  if (missing !== null) return missing;
  const outside = outsideCause(error, text);
  if (outside !== null) return outsideFailed(outside, { ...error, message }, text);
  const pattern = /^No files found that match the pattern "(.*)"$/s.exec(message)?.[1];
  if (pattern !== undefined) return noSuchFile(pattern, error, text);
  // There are no tables, so the names in DuckDB's catalog are its own: those of functions and types.
  const names = error.kind === 'Catalog' ? (error.candidates ?? '') : '';
  const { words: kind } = engineWords(error.kind, { ...text, names });
  const { words, hides } = engineWords(message, { ...text, names });
  const shown = words === '' ? 'the message may quote data and is hidden' : cut(words);
  const cure = advice || cureOf(message) || (hides ? LOOK_THERE : '');
  return new ExportError(
    'QueryFailed',
    `DuckDB could not run the query. ${kind || 'Unknown'} Error: ${shown}${place(error, text)} ${cure}`.trim(),
  );
}

function outsideFailed(
  { type, retry, says, cure }: OutsideCause,
  error: EngineError,
  text: QueryText,
): ExportError {
  const [first = ''] = error.message.split('\n');
  const { words } = engineWords(first, { ...text, names: '' });
  const reported = words === '' ? '' : ` DuckDB reported: ${cut(words)}${place(error, text)}`;
  return new ExportError(type, `${says}${reported} ${cure}`, retry);
}

function noSuchFile(pattern: string, error: EngineError, text: QueryText): ExportError {
  const isTyped = wordsTypedIn(text.query)(pattern);
  const shown = isTyped ? pattern : engineWords(pattern, { ...text, names: '' }).words || '…';
  return new ExportError(
    'QueryFailed',
    `No file in the connection's directory matches "${shown}"${place(error, text)}${nearestFiles(pattern, text.directory)}`,
  );
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
