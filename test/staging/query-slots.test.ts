import { describe, expect, it } from 'vitest';
import { QuerySlots } from '../../src/staging/query-slots.ts';

const never = new AbortController().signal;

/** A query that wants a slot, and what it was told while it waited. */
function query(slots: QuerySlots, signal: AbortSignal = never, waitedMs = 0) {
  const ahead: number[] = [];
  const slot = slots.acquire({ signal, waitedMs, onWaiting: (count) => ahead.push(count) });
  let state = 'waiting';
  slot.then(
    () => {
      state = 'running';
    },
    () => {
      state = 'gone';
    },
  );
  return { slot, ahead, state: () => state };
}

/** Long enough for every promise that is settled to be heard of. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('query slots', () => {
  it('are given in the order of arrival, and each tells how many are ahead', async () => {
    const slots = new QuerySlots(2);
    const queries = [1, 2, 3, 4, 5].map(() => query(slots));
    await settled();
    const states = () => queries.map(({ state }) => state());
    expect(states()).toEqual(['running', 'running', 'waiting', 'waiting', 'waiting']);
    expect(queries.map(({ ahead }) => ahead)).toEqual([[], [], [0], [1], [2]]);
    (await queries[1]?.slot)?.[Symbol.dispose]();
    await settled();
    expect(states()).toEqual(['running', 'running', 'running', 'waiting', 'waiting']);
    expect(queries.map(({ ahead }) => ahead.at(-1))).toEqual([undefined, undefined, 0, 0, 1]);
  });

  it('are not kept for one that left, and nobody is passed over', async () => {
    const slots = new QuerySlots(1);
    const leaves = new AbortController();
    const [first, second, third] = [query(slots), query(slots, leaves.signal), query(slots)];
    leaves.abort(new Error('cancelled'));
    await expect(second.slot).rejects.toThrow('cancelled');
    expect(third.ahead).toEqual([1, 0]);
    (await first.slot)[Symbol.dispose]();
    (await third.slot)[Symbol.dispose]();
    const last = query(slots);
    await settled();
    expect([last.state(), last.ahead]).toEqual(['running', []]);
  });

  it('go to who has waited longest, also where that was on another worker', async () => {
    const slots = new QuerySlots(1);
    const [first, second, third] = [query(slots), query(slots), query(slots)];
    const returns = query(slots, never, 30_000);
    const returnsToo = query(slots, never, 20_000);
    expect([returns.ahead, returnsToo.ahead]).toEqual([[0], [1]]);
    expect([second.ahead, third.ahead]).toEqual([
      [0, 1, 2],
      [1, 2, 3],
    ]);
    (await first.slot)[Symbol.dispose]();
    await settled();
    expect([returns, second].map(({ state }) => state())).toEqual(['running', 'waiting']);
  });

  it('stay with who has one, also when its signal is aborted', async () => {
    const slots = new QuerySlots(1);
    const ends = new AbortController();
    const first = query(slots);
    const second = query(slots, ends.signal);
    (await first.slot)[Symbol.dispose]();
    const slot = await second.slot;
    ends.abort();
    const third = query(slots);
    await settled();
    expect(third.state()).toBe('waiting');
    slot[Symbol.dispose]();
    await settled();
    expect(third.state()).toBe('running');
  });

  it('are refused at once where the signal is aborted already', async () => {
    const slots = new QuerySlots(1);
    await expect(query(slots, AbortSignal.abort(new Error('draining'))).slot).rejects.toThrow(
      'draining',
    );
    await query(slots).slot;
  });
});
