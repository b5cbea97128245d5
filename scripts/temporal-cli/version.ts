import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runChild } from '../setup/child.mjs';

const OLDEST = '1.5.0';
const ANSWER_WITHIN_MS = 20_000;

/** What `go.mod` beside this file pins: the CLI's version and the Go that it needs. */
export function pinnedVersions(): { cli: string; go: string } {
  const goMod = readFileSync(join(import.meta.dirname, 'go.mod'), 'utf8');
  const cli = /^\s*github\.com\/temporalio\/cli v(\S+)/m.exec(goMod)?.[1];
  const go = /^go (\S+)/m.exec(goMod)?.[1];
  if (cli === undefined || go === undefined) {
    throw new Error(
      'scripts/temporal-cli/go.mod does not name a version of the Temporal CLI and of Go.',
    );
  }
  return { cli, go };
}

/** The oldest Temporal CLI from elsewhere that has everything that is used here. */
export const oldestVersion = OLDEST;

/** Whether version `a` (`1.26.8`, or `0.0.0-DEV`) is `b` or newer. */
export function isAtLeast(a: string, b: string): boolean {
  const [x, y] = [numbers(a), numbers(b)];
  const different = x.findIndex((value, index) => value !== y[index]);
  return different < 0 || (x[different] ?? 0) > (y[different] ?? 0);
}

/** Asks a Temporal CLI which version it is; throws with the reason if it does not say. */
export async function askVersion(path: string): Promise<string> {
  const abort = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const { code, signal, output } = await runChild(path, ['--version'], { abort });
  const version = /^temporal version (\S+)/m.exec(output)?.[1];
  if (code === 0 && version !== undefined) return version;
  if (abort.aborted)
    throw new Error(`no response to --version within ${ANSWER_WITHIN_MS / 1_000} s`);
  const said = lastLines(output, 1) || (code === null ? `ended by ${signal}` : 'nothing');
  throw new Error(`--version did not print a version of the Temporal CLI: ${said.slice(0, 200)}`);
}

function numbers(version: string): number[] {
  return (/^\d+(?:\.\d+){0,2}/.exec(version)?.[0] ?? '0')
    .split('.')
    .concat('0', '0')
    .slice(0, 3)
    .map(Number);
}
