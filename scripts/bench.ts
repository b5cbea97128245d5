/** `npm run bench`: each figure is a ratio taken in one run; docs/development.md says what they mean. */
import { platform } from 'node:os';
import { measureDurability } from './bench/durability.ts';
import { measureLaneUse } from './bench/lane-use.ts';
import { measureResult } from './bench/result.ts';
import { measureSmallExport } from './bench/small-export.ts';
import { measureStaging } from './bench/staging.ts';

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

if (platform() !== 'linux') {
  console.error('The benchmark reads processor time and memory from /proc, so it needs Linux.');
  process.exit(1);
}
const wanted = process.argv.slice(2);
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);
const missed: string[] = [];

if (isWanted('small')) {
  report({ name: 'export of 10 rows, seconds', value: await measureSmallExport(), atMost: 1 });
}
if (isWanted('staging')) {
  const { rate, memory } = await measureStaging();
  report({ name: 'staging, rows/s against streaming', value: rate, atLeast: 0.5 });
  report({ name: 'staging, memory of 10 M rows to 1 M', value: memory, atMost: 1.15 });
}
if (isWanted('result')) {
  const { rate, memory } = await measureResult();
  report({ name: 'job result, rows/s against decoding', value: rate, atLeast: 0.5 });
  report({ name: 'job result, memory of 5 M rows to 500 k', value: memory, atMost: 1.15 });
}
if (isWanted('lanes')) {
  report({ name: 'lane use, 10 lanes at 150 ms', value: await measureLaneUse(), atLeast: 0.95 });
}
if (isWanted('durability')) {
  const { wall, cpu } = await measureDurability();
  report({ name: 'durability, wall time to a script', value: wall, atMost: 4 });
  report({ name: 'durability, CPU to a script', value: cpu, atMost: 4 });
}
if (missed.length > 0) console.log(`missed: ${missed.join('; ')}`);

function report({ name, value, atLeast, atMost }: Figure): void {
  const isMet = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
  const goal = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  console.log(
    `${name.padEnd(40)} ${value.toFixed(3).padStart(7)}   ${goal}${isMet ? '' : '  MISSED'}`,
  );
  if (!isMet) missed.push(name);
}
