/** Rows as text, compact where they follow each other: `3-1002,1005`. */
export function writeRows(rows: readonly number[]): string {
  const ranges: string[] = [];
  for (let at = 0; at < rows.length; ) {
    const first = rows[at] as number;
    let last = first;
    at += 1;
    while (rows[at] === last + 1) {
      last += 1;
      at += 1;
    }
    ranges.push(last === first ? `${first}` : `${first}-${last}`);
  }
  return ranges.join(',');
}

/** The row at an index of those that a text was written for. */
export function rowAt(text: string, index: number): number {
  let left = index;
  for (const range of text.split(',')) {
    const [first = 0, last = first] = range.split('-').map(Number);
    const rows = last - first + 1;
    if (left < rows) return first + left;
    left -= rows;
  }
  throw new RangeError(`there is no row ${index}`);
}
