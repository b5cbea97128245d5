/** Temporal allows 400 bytes for a summary, and a character may take four. */
const MOST_CHARACTERS = 90;

/** A text that people typed, cut to what the summary of an activity may hold. */
export function shortSummary(text: string): string {
  const characters = [...text];
  if (characters.length <= MOST_CHARACTERS) return text;
  return `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`;
}
