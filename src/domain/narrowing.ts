import type { Part } from './batch-parts.ts';
import type { ChunkProgress } from './chunk-progress.ts';
import { destinationFailure, ExportError } from './failures.ts';

/** More in a chunk are hardly single mistakes: the chunk fails. */
export const MOST_REFUSED_OF_CHUNK = 50;

/**
 * Halves a part of a request until what is refused is a single identifier. Each part is tried once and
 * in order, so that all before a part has been settled when it is tried. With `k` refused identifiers
 * among `n` these are at most `1 + 2 * k * ceil(log2(n))` calls.
 * @param isSettled sends a part; false where some of its identifiers are refused, and it has several
 */
export async function narrowDown(
  whole: Part,
  isSettled: (part: Part) => Promise<boolean>,
): Promise<void> {
  const parts = [whole];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { start, end } = part;
    if (start === end || (await isSettled(part))) continue;
    if (end - start === 1) throw new RangeError('a single identifier cannot be halved');
    const middle = Math.ceil((start + end) / 2);
    parts.push({ start: middle, end }, { start, end: middle });
  }
}

/** @param refusal of the last of them */
export function tooManyRefused({ type, message }: ExportError, rejects: string): ExportError {
  return new ExportError(
    type,
    `${message} More than ${MOST_REFUSED_OF_CHUNK} identifiers of one chunk were refused, so this is probably not about single identifiers. Those that were found are in the rejects file: ${rejects}.`,
  );
}

/** The failure of an export that was refused every identifier, or `null`. */
export function allRefused(
  destination: string,
  { identifiers, refused, rejects }: Pick<ChunkProgress, 'identifiers' | 'refused' | 'rejects'>,
) {
  if (refused === 0 || identifiers > 0) return null;
  const what = refused === 1 ? 'The only identifier was' : `All ${refused} identifiers were`;
  return {
    type: destinationFailure(destination, 'Rejected'),
    message: `${what} refused, so no members were changed. The rejects file has the reason for each: ${rejects}. Correct the query.`,
  };
}

export function refusedWarning(refused: number): string {
  return refused === 1
    ? '1 identifier was refused by the destination and left out. The rejects file has its row and the reason.'
    : `${refused} identifiers were refused by the destination and left out. The rejects file has the row and the reason for each.`;
}
