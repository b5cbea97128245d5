import { DAY, type LocalTime } from './local-time.ts';

/** A change of a zone's offset from UTC. */
export interface ClockChange {
  /** The first moment of the new offset, in epoch milliseconds. */
  readonly at: number;
  /** The offset from UTC in milliseconds: until then, and from then on. */
  readonly before: number;
  readonly after: number;
}

/** A time in which a zone keeps its offset; at its end it may or may not change. */
export interface Stretch {
  /** Exclusive, in epoch milliseconds. */
  readonly end: number;
  /** The offset from UTC, and the one from the end on, in milliseconds. */
  readonly offset: number;
  readonly offsetAfter: number;
}

/** No two changes of a zone are this close: the closest known are 4 days apart (Freetown, 1939). */
const BLOCK = 2 * DAY;
/** More than any zone was ever ahead of UTC or behind it. */
const FARTHEST_OFFSET = (2 / 3) * DAY;
const CACHED_BLOCKS = 20_000;

/** A time zone, by the runtime's time zone data. Years of four digits only. */
export class TimeZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  /** By block: the offset at its start, and the change within it. */
  readonly #offsets = new Map<number, number>();
  readonly #changes = new Map<number, number>();

  /**
   * @param name one that `findTimeZone` accepts
   * @throws RangeError for a name that the runtime does not know.
   */
  constructor(name: string) {
    this.name = name;
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  }

  /** The stretch around a moment, in epoch milliseconds; it may be a part of a longer one. */
  stretchAt(at: number): Stretch {
    const block = Math.floor(at / BLOCK);
    const start = block * BLOCK;
    const before = this.#offsetOfBlock(block);
    const after = this.#offsetOfBlock(block + 1);
    const end = start + BLOCK;
    if (before === after) return { end, offset: before, offsetAfter: after };
    const change = this.#changeIn(block, before);
    return at < change
      ? { end: change, offset: before, offsetAfter: after }
      : { end, offset: after, offsetAfter: after };
  }

  /** The changes from a moment on and before another, both in epoch milliseconds, in order. */
  changes(from: number, to: number): ClockChange[] {
    const changes: ClockChange[] = [];
    // A change is the end of a stretch, so one at `from` is seen from just before it.
    for (let at = from - 1; at < to; ) {
      const { end, offset, offsetAfter } = this.stretchAt(at);
      if (offset !== offsetAfter && end < to) {
        changes.push({ at: end, before: offset, after: offsetAfter });
      }
      at = end;
    }
    return changes;
  }

  /**
   * When its clocks show a time, in epoch milliseconds and in order: once, twice where they go back
   * over it, never where they skip it.
   */
  instantsOf(time: LocalTime): number[] {
    const instants: number[] = [];
    for (let start = time - FARTHEST_OFFSET; start < time + FARTHEST_OFFSET; ) {
      const { end, offset } = this.stretchAt(start);
      const instant = time - offset;
      if (instant >= start && instant < end) instants.push(instant);
      start = end;
    }
    return instants;
  }

  #offsetOfBlock(block: number): number {
    let offset = this.#offsets.get(block);
    if (offset === undefined) {
      if (this.#offsets.size >= CACHED_BLOCKS) this.#offsets.clear();
      offset = this.#offsetAt(block * BLOCK);
      this.#offsets.set(block, offset);
    }
    return offset;
  }

  #changeIn(block: number, before: number): number {
    let change = this.#changes.get(block);
    if (change === undefined) {
      let last = (block * BLOCK) / 1000;
      let first = last + BLOCK / 1000;
      while (first - last > 1) {
        const middle = Math.floor((first + last) / 2);
        if (this.#offsetAt(middle * 1000) === before) last = middle;
        else first = middle;
      }
      change = first * 1000;
      this.#changes.set(block, change);
    }
    return change;
  }

  /** @param at a whole second, in epoch milliseconds */
  #offsetAt(at: number): number {
    const [month, day, year, hour, minute, second] = this.#format
      .format(at)
      .split(/\D+/)
      .map(Number);
    return Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second) - at;
  }
}
