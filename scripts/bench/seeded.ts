const SEED = 20_240_607;

/** Whole numbers from `from` to `to`, spread evenly, the same at each call (mulberry32). */
export function seededIntegers(count: number, from: number, to: number): number[] {
  let state = SEED;
  return Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const share = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    return from + Math.floor(share * (to - from + 1));
  });
}
