import { readerWith } from './file-calls.ts';
import { headOf } from './file-contents.ts';
import type { FileRead } from './file-reads.ts';
import { sqlText } from './sql-tokens.ts';

/** More of a file is not looked at. */
const MOST_BYTES = 64_000_000;
const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

interface LineEnds {
  readonly crlf: number;
  readonly lf: number;
  readonly cr: number;
  /** Whether the last quote is not closed. */
  readonly isOpen: boolean;
}

/** What is wrong with the ends of a CSV file's lines or with its quotes; empty if nothing is. */
export function lineProblem(
  file: string,
  lines: readonly string[],
  read: FileRead,
  directory: string,
): string {
  const isPlain = !/\.(?:gz|zst)$/i.test(file) && !read.parameters.has('encoding');
  const bytes = isPlain ? headOf(file, directory, MOST_BYTES) : null;
  const ends = bytes === null ? null : lineEnds(bytes);
  const text = (bytes?.subarray(0, 1_000_000).toString() ?? lines.join('\n')).replaceAll('""', '');
  if (/\\"/.test(text) && !read.parameters.has('escape')) {
    return `"${file}" has a backslash before quotes inside of values: write FROM ${readerWith(read, ["escape = '\\'"])}.`;
  }
  const asTheyAre = `To read quotes as they are, write FROM ${readerWith(read, ["quote = ''"])}.`;
  if (ends?.isOpen) return `A quote (") in "${file}" is not closed. ${asTheyAre}`;
  if (ends !== null && Object.values(mixOf(ends)).length > 1) return mixed(file, ends);
  if (/(?:^|[,;\t|\r\n])"[^"]*"[^,;\t|\r\n"]/.test(text)) {
    return `A value of "${file}" goes on after its closing quote. ${asTheyAre}`;
  }
  return '';
}

/** Counts the line ends that are not in quotes. */
function lineEnds(bytes: Buffer): LineEnds {
  let [crlf, lf, cr, isOpen] = [0, 0, 0, false];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) isOpen = !isOpen;
    else if (isOpen) continue;
    else if (byte === LF) lf++;
    else if (byte === CR && bytes[at + 1] === LF) {
      crlf++;
      at++;
    } else if (byte === CR) cr++;
  }
  return { crlf, lf, cr, isOpen };
}

function mixOf({ crlf, lf, cr }: LineEnds): Record<string, number> {
  const counts = Object.entries({ 'CR LF': crlf, LF: lf, 'CR alone': cr });
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

function mixed(file: string, ends: LineEnds): string {
  const counts = Object.entries(mixOf(ends)).map(([name, count]) => `${name} (${count})`);
  const cure =
    ends.cr === 0
      ? `convert them with sed -i 's/\\r$//' ${sqlText(file)}`
      : 'write the file again with LF alone';
  return `"${file}" mixes line endings: ${counts.join(', ')}. To have one kind, ${cure}.`;
}
