import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startExporter, startSandboxProcess } from './exporter.ts';
import { cpuSeconds } from './processes.ts';

const PLAIN_SCRIPT = fileURLToPath(new URL('./plain-script.ts', import.meta.url));
const IDENTIFIERS = 5_000_000;
const LANES = 10;
const QUERY = `SELECT 'user-' || i AS user_ids FROM range(${IDENTIFIERS}) t(i)`;

interface Cost {
  readonly wall: number;
  /** Of the exporter's or the script's own processes: without Temporal's and the sandbox's. */
  readonly cpu: number;
}

/** What an export takes, as a multiple of what a script without Temporal takes. */
export async function measureDurability(): Promise<Cost> {
  const script = await runScript();
  const exporter = await runExport();
  return { wall: exporter.wall / script.wall, cpu: exporter.cpu / script.cpu };
}

async function runExport(): Promise<Cost> {
  await using exporter = await startExporter(0);
  return await measure(exporter.worker.pid, async () => {
    const handle = await exporter.start({
      source: { type: 'duckdb', query: QUERY },
      cohortId: 'durable',
      operation: 'APPEND',
      threadCount: LANES,
    });
    await handle.result();
  });
}

async function runScript(): Promise<Cost> {
  const root = await mkdtemp(join(tmpdir(), 'bench-script-'));
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => rm(root, { recursive: true }));
  const [sandboxProcess, sandbox] = await startSandboxProcess(root, 0);
  cleanUp.use(sandboxProcess);
  // The script is the only child that ends meanwhile, so what ended children took is its own.
  return await measure(process.pid, async () => {
    const keys = JSON.stringify(sandbox.braze);
    const args = [PLAIN_SCRIPT, sandbox.url, keys, QUERY, String(LANES)];
    const child = spawn(process.execPath, args, { stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`the script ended with ${code}`);
  });
}

async function measure(pid: number, work: () => Promise<void>): Promise<Cost> {
  const cpuBefore = cpuSeconds(pid);
  const startedAt = performance.now();
  await work();
  return { wall: (performance.now() - startedAt) / 1_000, cpu: cpuSeconds(pid) - cpuBefore };
}
