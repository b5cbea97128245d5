interface ChunkUnderWay {
  readonly startedAt: number;
  readonly identifiers: number;
}

/** How fast an export sends, and when it will be done if it goes on like that. */
export interface SendEstimate {
  readonly identifiersPerSecond: number;
  /** Epoch milliseconds. */
  readonly endsAt: number;
  /** When it was computed, in epoch milliseconds. */
  readonly at: number;
}

/** The speed of the lanes, from the chunks that they have finished. Times are epoch milliseconds. */
export class SendRate {
  #identifiers = 0;
  #laneMs = 0;
  readonly #underWay = new Map<number, ChunkUnderWay>();

  /** @param identifiers so many of the chunk are still to be sent */
  begin(index: number, identifiers: number, now: number): void {
    this.#underWay.set(index, { startedAt: now, identifiers });
  }

  /** @param identifiers so many of the chunk were sent since it began */
  end(index: number, identifiers: number, now: number): void {
    const chunk = this.#underWay.get(index);
    if (chunk === undefined) return;
    this.#underWay.delete(index);
    this.#identifiers += identifiers;
    this.#laneMs += now - chunk.startedAt;
  }

  /**
   * `null` until a chunk has ended, and where none is being sent.
   * @param left identifiers that are in no finished chunk
   */
  estimate(left: number, now: number): SendEstimate | null {
    const lanes = this.#underWay.size;
    if (this.#identifiers === 0 || this.#laneMs === 0 || lanes === 0) return null;
    const perLaneMs = this.#identifiers / this.#laneMs;
    // Chunks are large: what the lanes have sent of theirs is much of the work.
    const sent = [...this.#underWay.values()].reduce(
      (sum, { startedAt, identifiers }) =>
        sum + Math.min(identifiers, (now - startedAt) * perLaneMs),
      0,
    );
    const perMs = perLaneMs * lanes;
    return {
      identifiersPerSecond: perMs * 1_000,
      endsAt: now + Math.max(0, left - sent) / perMs,
      at: now,
    };
  }
}
