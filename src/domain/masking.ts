/** What a person may see of a value: its first letters, where it has enough others, and its length. */
export function maskValue(value: string): string {
  const characters = [...value];
  const shown = characters.length >= 8 ? characters.slice(0, 2).join('') : '';
  return `${shown}… (${characters.length} characters)`;
}

/** A file without a header turns its first identifiers into names: an e-mail or a UUID is none. */
const LOOKS_LIKE_A_NAME = /^[\p{L}_][\p{L}\p{N}_ ]{0,62}$/u;

/** Whether a column's name may be shown, as far as its look tells. */
export function looksLikeName(name: string): boolean {
  return LOOKS_LIKE_A_NAME.test(name);
}

/** Names of columns for a message, each in quotes; those that may be identifiers are only counted. */
export function listNames(names: readonly string[]): string {
  const shown = names.filter(looksLikeName).map((name) => `"${name}"`);
  const hidden = names.length - shown.length;
  if (hidden > 0)
    shown.push(
      `${hidden} whose ${hidden === 1 ? 'name looks' : 'names look'} like data and ${hidden === 1 ? 'is' : 'are'} not shown`,
    );
  return shown.join(', ');
}

/** Replaces every occurrence of a secret in a text that others wrote. */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((redacted, secret) => redacted.replaceAll(secret, '[redacted]'), text);
}

/** Whether the text holds the run as words of their own: `a1` is not in `a12`. */
export function hasWord(text: string, run: string): boolean {
  if (run.trim() === '') return false;
  const isWord = (letter: string | undefined): boolean => /[\p{L}\p{N}_]/u.test(letter ?? '');
  for (let at = text.indexOf(run); at !== -1; at = text.indexOf(run, at + 1)) {
    const joinsBefore = isWord(text[at - 1]) && isWord(run[0]);
    const joinsAfter = isWord(text[at + run.length]) && isWord(run.at(-1));
    if (!joinsBefore && !joinsAfter) return true;
  }
  return false;
}
