import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { braze } from '../../src/destinations/braze/destination.ts';
import type { SourceRead } from '../../src/domain/source-port.ts';
import { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { Scratch } from '../../src/staging/scratch.ts';
import { StagingProcesses } from '../../src/staging/staging-processes.ts';
import { childrenOf, peakBytes as peakOf } from './process-tree.ts';

const LOOK_EVERY_MS = 20;

export interface Staged {
  readonly seconds: number;
  readonly peakBytes: number;
}

/** Stages a source as an export does. `sourceIn` is handed an empty directory to read from. */
export async function stageInProcess(sourceIn: (directory: string) => SourceRead): Promise<Staged> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'bench-staging-')));
  const before = new Set(childrenOf(process.pid));
  let peakBytes = 0;
  const looking = setInterval(() => {
    const staging = childrenOf(process.pid).filter((pid) => !before.has(pid));
    peakBytes = Math.max(peakBytes, ...staging.map(peakOf));
  }, LOOK_EVERY_MS);
  try {
    await mkdir(join(root, 'data'));
    const store = new DirectoryStaging(join(root, 'staging'));
    await store.prepare();
    using processes = new StagingProcesses({
      store,
      scratch: new Scratch(join(root, 'scratch')),
      memoryMb: 1_000,
      isMemoryShare: false,
      cacheDirectory: join(root, 'cache'),
      modules: [],
      certificates: {},
    });
    const startedAt = performance.now();
    await processes.run(
      {
        source: sourceIn(join(root, 'data')),
        format: braze.format.href,
        place: {
          namespace: 'bench',
          namespaceId: 'bench',
          workflowId: 'bench',
          exportRunId: 'bench',
          runId: 'bench',
          attempt: 1,
        },
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
