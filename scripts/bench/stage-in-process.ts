import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { braze } from '../../src/destinations/braze/destination.ts';
import type { SourceRead } from '../../src/domain/source-port.ts';
import { StagingProcesses } from '../../src/staging/staging-processes.ts';

const LOOK_EVERY_MS = 20;

/** Stages a source as an export does. `sourceIn` is handed an empty directory to read from. */
export async function stageInProcess(
  sourceIn: (directory: string) => SourceRead,
): Promise<{ seconds: number; peakBytes: number }> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'bench-staging-')));
  const before = new Set(children());
  let peakBytes = 0;
  const looking = setInterval(() => {
    const staging = children().filter((pid) => !before.has(pid));
    peakBytes = Math.max(peakBytes, ...staging.map(peakOf));
  }, LOOK_EVERY_MS);
  try {
    for (const name of ['data', 'staging']) await mkdir(join(root, name));
    const stagingDirectory = join(root, 'staging');
    using processes = new StagingProcesses({ stagingDirectory, modules: [], certificates: {} });
    const startedAt = performance.now();
    await processes.run(
      {
        source: sourceIn(join(root, 'data')),
        format: braze.format.href,
        place: { workflowId: 'bench', exportRunId: 'bench', runId: 'bench', attempt: 1 },
        operation: 'APPEND',
        aliases: ['email'],
        threadCount: 10,
        skipOnInvalidRecord: false,
      },
      { signal: new AbortController().signal, onProgress: () => undefined },
    );
    return { seconds: (performance.now() - startedAt) / 1_000, peakBytes };
  } finally {
    clearInterval(looking);
    await rm(root, { recursive: true });
  }
}

function children(): number[] {
  return readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
}

/** The kernel's own high-water mark, so that looking now and then misses no peak but the last. */
function peakOf(pid: number): number {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(peak?.[1] ?? 0) * 1024;
  } catch {
    return 0; // It ended in between.
  }
}
