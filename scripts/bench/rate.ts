import { setInterval as every } from 'node:timers/promises';
import { type Measure, observe, times } from './bench.ts';
import { type Exporter, userIds } from './exporter.ts';
import { IDENTIFIERS_PER_REQUEST, LANES } from './lanes.ts';
import type { Sizes } from './sizes.ts';

const LOOK_EVERY_MS = 100;
const MS_PER_HOUR = 3_600_000;

export const measureRate: Measure = (bench) => {
  const { latencyMs } = bench.sizes.rate;
  return bench.withExporter({ latencyMs }, async (exporter) => {
    const runs = await times(bench, (run) =>
      sendLimited(exporter, `rate-${run}`, bench.sizes.rate),
    );
    return [
      observe('rate limit used', '', runs, ({ used }) => used),
      observe('responses with 429', '', runs, ({ refused }) => refused),
      observe('limit of a window', 'requests', runs, ({ limit }) => limit),
      observe('most in any window', 'requests', runs, ({ most }) => most),
    ];
  });
};

async function sendLimited(
  exporter: Exporter,
  cohortId: string,
  { requestsPerHour, windowMs, windows, requests }: Sizes['rate'],
) {
  const { control } = exporter;
  const limit = Math.floor((requestsPerHour * windowMs) / MS_PER_HOUR);
  const refusedBefore = (await control.stats()).byStatus['429'] ?? 0;
  await control.limitRate(limit, windowMs);
  const identifiers = requests * IDENTIFIERS_PER_REQUEST;
  const source = userIds(identifiers);
  const input = { source, cohortId, connection: 'limited', threadCount: LANES };
  const done = new AbortController();
  const watching = watchArrivals(exporter, cohortId, done.signal);
  await exporter.run(input, identifiers).finally(() => done.abort());
  const arrivals = (await watching).sort((a, b) => a - b);
  const refused = ((await control.stats()).byStatus['429'] ?? 0) - refusedBefore;
  if (arrivals.length < requests) throw new Error(`saw ${arrivals.length} of ${requests} requests`);
  const end = (arrivals[0] ?? 0) + windows * windowMs;
  const used = arrivals.filter((at) => at < end).length / (limit * windows);
  return { used, refused, limit, most: mostInAnyWindow(arrivals, windowMs) };
}

/** Times at which accepted requests for members arrived, in milliseconds, until `signal`. */
async function watchArrivals({ control }: Exporter, cohortId: string, signal: AbortSignal) {
  const arrivals: number[] = [];
  let last: string[] = [];
  const look = async () => {
    const entries = (await control.memberRequests(cohortId)).filter(({ status }) => status === 201);
    const keys = entries.map(({ at, durationMs }) => `${at} ${durationMs}`);
    const fresh = countFresh(keys, last);
    for (const { at } of entries.slice(0, fresh)) arrivals.push(Date.parse(at));
    last = keys;
  };
  try {
    for await (const _ of every(LOOK_EVERY_MS, undefined, { signal })) await look();
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  }
  await look();
  return arrivals;
}

/** How many of `now`, the newest first, have come since `before`, which was read the same way. */
export function countFresh(now: readonly string[], before: readonly string[]): number {
  for (let fresh = 0; fresh < now.length; fresh += 1) {
    const rest = now.slice(fresh);
    if (before.length >= rest.length && rest.every((key, index) => key === before[index])) {
      return fresh;
    }
  }
  return now.length;
}

/** The most that lie within any span of `windowMs`; `times` in ascending order. */
export function mostInAnyWindow(times: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [last, at] of times.entries()) {
    while (at - (times[first] ?? at) >= windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
