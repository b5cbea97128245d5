/** Whether people typed a word themselves, in a query for instance: then it may come back. */
export type IsTyped = (word: string) => boolean;

/** Letter case does not count, as engines change it. */
export function wordsTypedIn(text: string): IsTyped {
  const typed = text.toLowerCase();
  return (word) => hasWord(typed, word.toLowerCase());
}

/** Whether the text holds the run as words of their own: `a1` is not in `a12`. */
function hasWord(text: string, run: string): boolean {
  if (run.trim() === '') return false;
  const isWord = (letter: string | undefined): boolean => /[\p{L}\p{M}\p{N}_]/u.test(letter ?? '');
  for (let at = text.indexOf(run); at !== -1; at = text.indexOf(run, at + 1)) {
    const joinsBefore = isWord(text[at - 1]) && isWord(run[0]);
    const joinsAfter = isWord(text[at + run.length]) && isWord(run.at(-1));
    if (!joinsBefore && !joinsAfter) return true;
  }
  return false;
}
