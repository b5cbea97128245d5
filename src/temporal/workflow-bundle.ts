import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { constants, existsSync } from 'node:fs';
import {
  access,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('..', import.meta.url));
const BUNDLER = fileURLToPath(new URL('./workflow-bundler.ts', import.meta.url));
/** What workflow code may import. */
const FOLDERS = ['workflows', 'domain'];
const KEPT_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The file with the code of the workflows. It is made by a process of its own, as bundling leaves
 * 200 MB behind, and kept in the cache by a hash of what it is made of.
 */
export async function workflowBundle(cacheDirectory: string): Promise<WorkflowBundle> {
  const name = `workflows-${await hashOfSources()}.js`;
  const cache = join(cacheDirectory, 'workflows');
  const cached = join(cache, name);
  if (existsSync(cached)) {
    await markAsUsed(cached);
    return { codePath: cached };
  }
  const folder = await writableFolder(cache);
  const codePath = join(folder, name);
  const draft = join(folder, `${name}.${process.pid}`);
  await bundle(draft);
  await rename(draft, codePath);
  await removeOld(folder);
  return { codePath };
}

export interface WorkflowBundle {
  readonly codePath: string;
}

/** A cache that cannot be written costs a second at each start, and nothing else. */
async function writableFolder(cache: string): Promise<string> {
  try {
    await mkdir(cache, { recursive: true, mode: 0o700 });
    await access(cache, constants.W_OK);
    return cache;
  } catch {
    return await mkdtemp(join(tmpdir(), 'cohort-export-workflows-'));
  }
}

/** So that it is not removed as old. */
async function markAsUsed(file: string): Promise<void> {
  const now = new Date();
  // Where the cache is read-only nothing is removed either.
  await utimes(file, now, now).catch(() => undefined);
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const sdk = createRequire(import.meta.url)('@temporalio/worker/package.json') as object;
  // The bundle has the paths of its sources, which stack traces show.
  hash.update(`${SOURCE} ${(sdk as { version: string }).version} ${process.version}\n`);
  for (const folder of FOLDERS) {
    const files = await readdir(join(SOURCE, folder), { recursive: true });
    for (const file of files.filter((each) => each.endsWith('.ts')).sort()) {
      const content = await readFile(join(SOURCE, folder, file));
      hash.update(`${folder}/${file} ${content.length}\n`).update(content);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

async function bundle(file: string): Promise<void> {
  const bundler = spawn(process.execPath, [BUNDLER, file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  bundler.stderr.on('data', (part: Buffer) => {
    errors += part;
  });
  const [code] = (await once(bundler, 'close')) as [number | null];
  if (code !== 0) throw new Error(`The workflows could not be bundled:\n${errors}`);
}

/** Bundles of earlier versions that no worker has started with for long. */
async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const age = Date.now() - (await stat(path)).mtimeMs;
    if (age > KEPT_DAYS * DAY_MS) await rm(path, { force: true });
  }
}
