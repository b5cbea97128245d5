/** A change to a text: `text` replaces what is from `start` to `end`, in bytes. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A text after changes that do not overlap. */
export class SplicedText {
  readonly text: string;
  readonly #splices: readonly Splice[];

  constructor(original: string, splices: readonly Splice[]) {
    this.#splices = splices.toSorted((a, b) => a.start - b.start);
    const bytes = Buffer.from(original);
    const parts: Buffer[] = [];
    let at = 0;
    for (const { start, end, text } of this.#splices) {
      parts.push(bytes.subarray(at, start), Buffer.from(text));
      at = end;
    }
    this.text = Buffer.concat([...parts, bytes.subarray(at)]).toString();
  }

  /** The position in the original of one in the changed text; within a change, where that change starts. */
  original(place: number): number {
    let shift = 0;
    for (const { start, end, text } of this.#splices) {
      if (place - shift < start) break;
      const length = Buffer.byteLength(text);
      if (place - shift < start + length) return start;
      shift += length - (end - start);
    }
    return place - shift;
  }
}
