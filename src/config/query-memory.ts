import { totalmem } from 'node:os';

const MEGABYTE = 1_000_000;
/** The rest is for the worker, for what the processes need besides DuckDB, and for the system. */
export const PERCENT_OF_MACHINE = 60;

/** The memory of each query in MB: what is wanted, or an equal share of a machine that has too little. */
export function memoryOfEach(queries: number, wantedMb: number): number {
  const container = process.constrainedMemory();
  const machine = container > 0 ? Math.min(container, totalmem()) : totalmem();
  return Math.min(wantedMb, Math.floor((machine * PERCENT_OF_MACHINE) / 100 / queries / MEGABYTE));
}
