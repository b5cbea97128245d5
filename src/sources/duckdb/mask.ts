import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { hasWord, looksLikeName } from '../../domain/masking.ts';

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

function isInside(directory: string, name: string): boolean {
  try {
    return realpathSync(resolve(directory, name)).startsWith(`${directory}/`);
  } catch {
    return false;
  }
}
