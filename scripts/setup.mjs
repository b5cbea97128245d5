// Brings a fresh clone to the point where the TypeScript runs, with the programs that are named:
// `node scripts/setup.mjs [--temporal-cli] [--versitygw]`. It runs on whatever Node started npm,
// before any dependency is there: plain JavaScript without packages. It writes to stderr only.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const PROGRAMS = ['temporal-cli', 'versitygw'];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (line) => process.stderr.write(`setup: ${line}\n`);

const major = Number(process.versions.node.split('.')[0]);
const given = process.argv.slice(2);
const known = PROGRAMS.map((program) => `--${program}`);
const unknown = given.find((argument) => !known.includes(argument));

if (major < OLDEST_NODE) {
  say(`this is Node ${process.versions.node}, but Node ${OLDEST_NODE} or newer is required.`);
  process.exitCode = 1;
} else if (process.platform === 'win32') {
  say('Windows is not supported: use the Windows Subsystem for Linux.');
  process.exitCode = 1;
} else if (unknown !== undefined) {
  say(`unknown argument ${unknown}; it takes ${known.join(' and ')}`);
  process.exitCode = 2;
} else {
  process.exitCode = await main(PROGRAMS.filter((program) => given.includes(`--${program}`)));
}

async function main(programs) {
  // Loaded late: an old Node could not even read these files, and would not say why.
  const { ensureDependencies, pinnedNode } = await import('./setup/dependencies.mjs');
  try {
    await ensureDependencies(root, process.env, say);
    const { runChild } = await import('./setup/child.mjs');
    for (const program of programs) {
      const script = join(root, 'scripts', program, 'ensure.ts');
      const stdio = ['ignore', process.stderr, process.stderr];
      const { code } = await runChild(pinnedNode(root), [script], { cwd: root, stdio });
      if (code !== 0) return code ?? 1;
    }
    return 0;
  } catch (error) {
    if (error.name === 'Interrupted') return error.exitCode;
    say(error.name === 'SetupError' ? error.message : error.stack);
    return 1;
  }
}
