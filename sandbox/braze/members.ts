/** A pair of label and name, as Braze's JSON has it. Both are needed to tell two aliases apart. */
export interface Alias {
  readonly alias_label: string;
  readonly alias_name: string;
}

// A V8 Set holds 2^24 entries, deleted ones included until it rehashes; half of that always fits.
const SET_CAPACITY = 2 ** 23;

/** A set of strings that may grow beyond what one `Set` can hold. */
export class StringSet {
  readonly #capacity: number;
  #parts: Set<string>[] = [];
  #last = new Set<string>();

  constructor(capacity: number = SET_CAPACITY) {
    this.#capacity = capacity;
    this.#parts.push(this.#last);
  }

  get size(): number {
    let size = 0;
    for (const part of this.#parts) size += part.size;
    return size;
  }

  has(value: string): boolean {
    return this.#parts.some((part) => part.has(value));
  }

  add(value: string): void {
    if (this.#parts.length > 1 && this.has(value)) return;
    this.#last.add(value);
    if (this.#last.size < this.#capacity) return;
    this.#last = new Set();
    this.#parts.push(this.#last);
  }

  delete(value: string): void {
    for (const part of this.#parts) if (part.delete(value)) return;
  }

  /** In order of arrival, except that room left by a deletion is not filled again. */
  *[Symbol.iterator](): Generator<string, void, undefined> {
    for (const part of this.#parts) yield* part;
  }
}

/** A set of aliases. Labels and names are kept apart, so no separator can make two pairs equal. */
class AliasSet {
  readonly #namesByLabel = new Map<string, StringSet>();

  get size(): number {
    let size = 0;
    for (const names of this.#namesByLabel.values()) size += names.size;
    return size;
  }

  has(alias: Alias): boolean {
    return this.#namesByLabel.get(alias.alias_label)?.has(alias.alias_name) ?? false;
  }

  add(alias: Alias): void {
    let names = this.#namesByLabel.get(alias.alias_label);
    if (names === undefined) {
      names = new StringSet();
      this.#namesByLabel.set(alias.alias_label, names);
    }
    names.add(alias.alias_name);
  }

  delete(alias: Alias): void {
    this.#namesByLabel.get(alias.alias_label)?.delete(alias.alias_name);
  }

  /** Label by label, names in order of arrival. */
  *[Symbol.iterator](): Generator<Alias, void, undefined> {
    for (const [alias_label, names] of this.#namesByLabel) {
      for (const alias_name of names) yield { alias_label, alias_name };
    }
  }

  /** By label, then by name, in the order of UTF-16 code units. */
  *sorted(): Generator<Alias, void, undefined> {
    const byLabel = [...this.#namesByLabel].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [alias_label, names] of byLabel) {
      for (const alias_name of [...names].sort()) yield { alias_label, alias_name };
    }
  }
}

/** People, each under the kind of identifier that they were given by. */
export class IdentifierSets {
  readonly userIds = new StringSet();
  readonly deviceIds = new StringSet();
  readonly aliases = new AliasSet();

  get size(): number {
    return this.userIds.size + this.deviceIds.size + this.aliases.size;
  }
}
