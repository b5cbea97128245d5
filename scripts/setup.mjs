// Brings a fresh clone to the point where the TypeScript runs: `node scripts/setup.mjs
// [--temporal-cli]`. It runs on whatever Node started npm, before any dependency is there:
// plain JavaScript without packages. All that it says goes to stderr.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (line) => process.stderr.write(`setup: ${line}\n`);

const major = Number(process.versions.node.split('.')[0]);
const unknown = process.argv.slice(2).find((argument) => argument !== '--temporal-cli');

if (major < OLDEST_NODE) {
  say(`this is Node ${process.versions.node}, but Node ${OLDEST_NODE} or newer is required.`);
  process.exitCode = 1;
} else if (process.platform === 'win32') {
  say('Windows is not supported: use the Windows Subsystem for Linux.');
  process.exitCode = 1;
} else if (unknown !== undefined) {
  say(`unknown argument ${unknown}; the only one is --temporal-cli`);
  process.exitCode = 2;
} else {
  process.exitCode = await main(process.argv.includes('--temporal-cli'));
}

async function main(withTemporalCli) {
  // Loaded late: an old Node could not even read these files, and would not say why.
  const { ensureDependencies, pinnedNode } = await import('./setup/dependencies.mjs');
  try {
    await ensureDependencies(root, process.env, say);
    if (!withTemporalCli) return 0;
    const { runChild } = await import('./setup/child.mjs');
    const script = join(root, 'scripts/temporal-cli/ensure.ts');
    const stdio = ['ignore', process.stderr, process.stderr];
    const { code } = await runChild(pinnedNode(root), [script], { cwd: root, stdio });
    return code ?? 1;
  } catch (error) {
    if (error.name === 'Interrupted') return error.exitCode;
    say(error.name === 'SetupError' ? error.message : error.stack);
    return 1;
  }
}
