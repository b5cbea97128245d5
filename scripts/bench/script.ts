import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Measure, observe, timed, times } from './bench.ts';
import { type Exporter, userIds } from './exporter.ts';
import { ratios } from './judge.ts';
import { LANES } from './lanes.ts';
import { cpuSecondsOfEnded, cpuSecondsOfTree } from './process-tree.ts';

const PLAIN_SCRIPT = fileURLToPath(new URL('./plain-script.ts', import.meta.url));

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** In turns, against the same sandbox: what else the machine does hits both. */
export const measureScript: Measure = (bench) =>
  bench.withExporter({}, async (exporter) => {
    const { identifiers } = bench.sizes.script;
    const pairs = await times(bench, async (run) => {
      const ours = await runExport(exporter, `durable-${run}`, identifiers);
      await exporter.control.forgetCohorts();
      const theirs = await runScript(exporter, identifiers);
      await exporter.control.forgetCohorts();
      return { ours, theirs };
    });
    const ours = pairs.map((pair) => pair.ours);
    const theirs = pairs.map((pair) => pair.theirs);
    const wall = ({ wall: seconds }: Cost) => seconds;
    const cpu = ({ cpu: seconds }: Cost) => seconds;
    return [
      { name: 'wall time to script', unit: '', values: ratios(ours.map(wall), theirs.map(wall)) },
      { name: 'CPU to script', unit: '', values: ratios(ours.map(cpu), theirs.map(cpu)) },
      observe('wall time of the export', 's', ours, wall),
      observe('wall time of the script', 's', theirs, wall),
      observe('CPU of the export', 'CPU-s', ours, cpu),
      observe('CPU of the script', 'CPU-s', theirs, cpu),
      observe(
        'identifiers of the export',
        '/s',
        ours,
        ({ wall: seconds }) => identifiers / seconds,
      ),
    ];
  });

/** The worker's and its query's processor time: without Temporal's and the sandbox's. */
async function runExport(exporter: Exporter, cohortId: string, identifiers: number): Promise<Cost> {
  const { pid } = exporter.worker;
  const cpuBefore = cpuSecondsOfTree(pid);
  const input = { source: userIds(identifiers), cohortId, threadCount: LANES };
  const wall = await timed(() => exporter.run(input, identifiers));
  return { wall, cpu: cpuSecondsOfTree(pid) - cpuBefore };
}

async function runScript({ sandbox }: Exporter, identifiers: number): Promise<Cost> {
  // It is the only child that ends meanwhile, so what ended children took is its own.
  const cpuBefore = cpuSecondsOfEnded(process.pid);
  const wall = await timed(async () => {
    const { query } = userIds(identifiers);
    const args = [PLAIN_SCRIPT, sandbox.url, JSON.stringify(sandbox.braze), query, String(LANES)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`the script ended with ${code}`);
  });
  return { wall, cpu: cpuSecondsOfEnded(process.pid) - cpuBefore };
}
