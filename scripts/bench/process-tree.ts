/** Processor time and memory of a process and of all that it started. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
const KB = 1_000;
const LOOK_EVERY_MS = 200;

/** The process itself, its children, and theirs. */
function processTree(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)];
}

/** Processor seconds of a tree, with those of processes in it that have ended. */
export function cpuSecondsOfTree(pid: number): number {
  return processTree(pid).reduce((sum, each) => {
    const { own, ofEnded } = cpuSeconds(each);
    return sum + own + ofEnded;
  }, 0);
}

/** Processor seconds of those children of a process that have ended. */
export function cpuSecondsOfEnded(pid: number): number {
  const { ofEnded } = cpuSeconds(pid);
  return ofEnded;
}

/** Megabytes of a tree; a page that several processes share is counted once (PSS). */
function megabytesOfTree(pid: number): number {
  return processTree(pid).reduce((sum, each) => sum + megabytes(each), 0);
}

/** Looks at a tree's memory until `stop`, which returns the most that it saw, in megabytes. */
export function watchMemory(pid: number): { readonly stop: () => number } {
  let peak = megabytesOfTree(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, megabytesOfTree(pid));
  }, LOOK_EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return Math.max(peak, megabytesOfTree(pid));
    },
  };
}

/** Sends a signal to the whole tree, from the top: nothing in it can start another meanwhile. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const each of processTree(pid)) {
    try {
      process.kill(each, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The kernel's own high-water mark of one process, in bytes: looking now and then misses no peak. */
export function peakBytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readProc(`${pid}/status`) ?? '')?.[1] ?? 0) * 1024;
}

export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      (readProc(`${pid}/task/${task}/children`) ?? '').split(' ').filter(Boolean).map(Number),
    );
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** Zero where the process is gone. */
function cpuSeconds(pid: number): { readonly own: number; readonly ofEnded: number } {
  const stat = readProc(`${pid}/stat`) ?? '';
  // The second field, the command's name, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const seconds = (from: number) =>
    (Number(fields[from] ?? 0) + Number(fields[from + 1] ?? 0)) / TICKS_PER_SECOND;
  return { own: seconds(11), ofEnded: seconds(13) };
}

function megabytes(pid: number): number {
  const rollup = readProc(`${pid}/smaps_rollup`) ?? '';
  return (Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024) / (KB * KB);
}

/** `null` where the process has ended in between. */
function readProc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
}
