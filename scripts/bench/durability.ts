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

export interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** An export against a script without Temporal; processor time of the worker and its children. */
export async function measureDurability(): Promise<{ exporter: Cost; script: Cost }> {
  const script = await runScript();
  const exporter = await runExport();
  return { exporter, script };
}

async function runExport(): Promise<Cost> {
  await using exporter = await startExporter(0);
  const before = cpuSeconds(exporter.worker.pid);
  const startedAt = performance.now();
  const handle = await exporter.start({
    source: { type: 'duckdb', query: QUERY },
    cohortId: 'durable',
    operation: 'APPEND',
    threadCount: LANES,
  });
  await handle.result();
  return {
    wallSeconds: (performance.now() - startedAt) / 1_000,
    cpuSeconds: cpuSeconds(exporter.worker.pid) - before,
  };
}

async function runScript(): Promise<Cost> {
  const root = await mkdtemp(join(tmpdir(), 'bench-script-'));
  try {
    const [process_, sandbox] = await startSandboxProcess(root, 0);
    await using _ = process_;
    const before = process.resourceUsage();
    const startedAt = performance.now();
    const child = spawn(
      process.execPath,
      [PLAIN_SCRIPT, sandbox.url, JSON.stringify(sandbox.braze), QUERY, String(LANES)],
      { stdio: 'inherit' },
    );
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`the script ended with ${code}`);
    return { wallSeconds: (performance.now() - startedAt) / 1_000, cpuSeconds: 0 };
  } finally {
    await rm(root, { recursive: true });
  }
}
