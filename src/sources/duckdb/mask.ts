import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { looksLikeName } from '../../domain/masking.ts';

/** Which parts of an error may be shown. Each takes a run of text, with or without its quotes. */
export interface Mask {
  /** A name that the query itself has, or that looks like a column's; else `…`. */
  name(run: string): string;
  /** What the query itself has; else `…`. */
  typed(run: string): string;
  /** The name of a file that the query itself has or the directory holds; else `…`. */
  file(run: string): string;
  isTyped(run: string): boolean;
}

export function masksFor({ query, directory }: { query: string; directory: string }): Mask {
  const isTyped = (run: string): boolean => hasWord(query, run);
  const keep = (run: string, isShown: (bare: string) => boolean): string => {
    const bare = run.replace(/^(["'])(.*)\1$/s, '$2');
    return isShown(bare) ? run : run.replace(bare, () => '…');
  };
  return {
    isTyped,
    name: (run) => keep(run, (bare) => isTyped(bare) || looksLikeName(bare)),
    typed: (run) => keep(run, isTyped),
    file: (run) => keep(run, (bare) => isTyped(bare) || isInside(directory, bare)),
  };
}

/** Whether the text holds the run as words of their own: `a1` is not in `a12`. */
function hasWord(text: string, run: string): boolean {
  if (run.trim() === '') return false;
  const isWord = (letter: string | undefined): boolean => /[\p{L}\p{N}_]/u.test(letter ?? '');
  for (let at = text.indexOf(run); at !== -1; at = text.indexOf(run, at + 1)) {
    const joinsBefore = isWord(text[at - 1]) && isWord(run[0]);
    const joinsAfter = isWord(text[at + run.length]) && isWord(run.at(-1));
    if (!joinsBefore && !joinsAfter) return true;
  }
  return false;
}

function isInside(directory: string, name: string): boolean {
  try {
    return realpathSync(resolve(directory, name)).startsWith(`${directory}/`);
  } catch {
    return false;
  }
}
