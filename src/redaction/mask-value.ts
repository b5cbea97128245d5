/** What a person may see of a value: its first letters, where it has enough others, and its length. */
export function maskValue(value: string): string {
  const characters = [...value];
  const shown = characters.length >= 8 ? characters.slice(0, 2).join('') : '';
  return `${shown}… (${characters.length} characters)`;
}
