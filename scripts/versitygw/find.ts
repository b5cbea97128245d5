import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from '../../src/config/environment.ts';
import { isExecutable } from '../programs/cache.ts';
import { keep, keptAt, NotMade } from '../programs/keep.ts';
import { messageOf } from '../programs/message-of.ts';
import { build, neededGo, versitygw } from './versitygw.ts';

/** Where versitygw is, or why there is none. */
export type Versitygw =
  | { readonly path: string; readonly missing: null }
  | { readonly path: null; readonly missing: string };

/**
 * Builds versitygw, unless it is in the cache. A failure is a result, not an error: its reason is
 * kept beside the cache's other files, so that the tests that are skipped can name it.
 */
export async function prepareVersitygw(
  env: Environment,
  log: (line: string) => void,
): Promise<Versitygw> {
  try {
    // A server for tests is not worth the download of another Go.
    const { path } = await keep(
      versitygw,
      { build },
      { env: { ...env, GOTOOLCHAIN: 'local' }, log },
    );
    return { path, missing: null };
  } catch (error) {
    if (!(error instanceof NotMade)) throw error;
    const missing =
      `${error.message}. It takes Go ${neededGo} or newer, ` +
      'and the network for its modules; then run `npm test` again.';
    await writeReason(missing, env).catch((reason: unknown) =>
      log(`the tests cannot name the reason, as it cannot be kept: ${messageOf(reason)}`),
    );
    return { path: null, missing };
  }
}

/** Looks for versitygw in the cache: a test cannot wait for a build. */
export function findVersitygw(env: Environment = process.env): Versitygw {
  const path = keptAt(versitygw, env);
  return isExecutable(path) ? { path, missing: null } : { path: null, missing: readReason(env) };
}

function reasonFile(env: Environment): string {
  return join(dirname(keptAt(versitygw, env)), 'not-made.txt');
}

async function writeReason(reason: string, env: Environment): Promise<void> {
  const file = reasonFile(env);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, reason);
}

function readReason(env: Environment): string {
  try {
    return readFileSync(reasonFile(env), 'utf8');
  } catch {
    return `${keptAt(versitygw, env)} does not exist; \`npm test\` builds it or says why it cannot`;
  }
}
