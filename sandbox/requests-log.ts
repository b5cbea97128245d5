import type { IdentifierCounts } from './braze/summary.ts';

const LOG_SIZE = 200;

/** A request to Braze that has ended. Identifiers are counted here, never kept. */
export interface RequestEntry {
  /** When its head arrived, ISO 8601 in UTC. */
  readonly at: string;
  readonly path: string;
  /** `null` if no response was sent. */
  readonly status: number | null;
  readonly cohortId: string | null;
  readonly identifiers: IdentifierCounts;
  readonly remove: boolean;
  /** The kind of the fault that hit it. */
  readonly fault?: string;
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

/** The last requests, in a ring. */
export class RequestLog<Entry = RequestEntry> {
  readonly #entries: Entry[] = [];
  #next = 0;

  add(entry: Entry): void {
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % LOG_SIZE;
  }

  /** Newest first. */
  newestFirst(count: number = LOG_SIZE): Entry[] {
    const oldestFirst = [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
    return oldestFirst.reverse().slice(0, count);
  }
}
