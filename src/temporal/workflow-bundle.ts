import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('..', import.meta.url));
const PACKAGE = ['../../package.json', '../../package-lock.json'].map((path) => {
  return fileURLToPath(new URL(path, import.meta.url));
});
const BUNDLER = fileURLToPath(new URL('./workflow-bundler.ts', import.meta.url));
const KEPT_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The code of the workflows. It is bundled by a process of its own, as bundling leaves 200 MB behind,
 * and kept in the cache. A cache that cannot be used costs a second at each start, and nothing else.
 */
export async function workflowBundle(cacheDirectory: string): Promise<{ readonly code: string }> {
  const folder = join(cacheDirectory, 'workflows');
  const sources = await hashOfSources();
  const file = join(folder, `${sources}.js`);
  const cached = await readCached(file);
  if (cached !== null) return { code: cached };
  const code = await bundle();
  // An upgrade in place may have changed them while they were bundled.
  if ((await hashOfSources()) === sources) await keep(folder, file, code).catch(() => undefined);
  return { code };
}

/** Of all that can end up in the bundle; its source maps have the paths of this clone. */
async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256').update(`${SOURCE} ${process.version}\n`);
  const files = await readdir(SOURCE, { recursive: true });
  const sources = files.filter((each) => each.endsWith('.ts')).sort();
  for (const path of [...PACKAGE, ...sources.map((each) => join(SOURCE, each))]) {
    // Not every installation has a lockfile.
    const content = existsSync(path) ? await readFile(path) : '';
    hash.update(`${path} ${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

/** `null` where there is none, or where a crash has damaged it: its first line is its checksum. */
async function readCached(file: string): Promise<string | null> {
  try {
    const text = await readFile(file, 'utf8');
    const end = text.indexOf('\n');
    const code = text.slice(end + 1);
    if (text.slice(0, end) !== checksumOf(code)) return null;
    // So that it is not removed as old; where the cache is read-only nothing is.
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined);
    return code;
  } catch {
    return null;
  }
}

async function keep(folder: string, file: string, code: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${randomUUID()}.draft`);
  try {
    await writeFile(draft, `${checksumOf(code)}\n${code}`, { mode: 0o600 });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const age = Date.now() - (await stat(path)).mtimeMs;
    if (age > KEPT_DAYS * DAY_MS) await rm(path, { force: true });
  }
}

function checksumOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}

async function bundle(): Promise<string> {
  const bundler = spawn(process.execPath, [BUNDLER], { stdio: ['ignore', 'pipe', 'pipe'] });
  const parts: Buffer[] = [];
  let errors = '';
  bundler.stdout.on('data', (part: Buffer) => parts.push(part));
  bundler.stderr.on('data', (part: Buffer) => {
    errors += part;
  });
  const [exitCode, signal] = (await once(bundler, 'close')) as [number | null, string | null];
  if (exitCode !== 0) {
    const how = signal === null ? `exit code ${exitCode}` : `ended by ${signal}`;
    throw new Error(`The workflows could not be bundled (${how}):\n${errors}`);
  }
  return Buffer.concat(parts).toString();
}
