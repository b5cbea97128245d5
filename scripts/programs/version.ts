import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runChild } from '../setup/child.mjs';

const ANSWER_WITHIN_MS = 20_000;

/** What the `go.mod` in `folder` pins: the version of a module, and the Go that it needs. */
export function pinnedVersions(folder: string, module: string): { version: string; go: string } {
  const path = join(folder, 'go.mod');
  const lines = readFileSync(path, 'utf8').split('\n');
  const after = (start: string) =>
    lines
      .map((line) => line.trim())
      .find((line) => line.startsWith(start))
      ?.slice(start.length)
      .split(' ')[0];
  const [version, go] = [after(`${module} v`), after('go ')];
  if (version === undefined || go === undefined) {
    throw new Error(`${path} does not name a version of ${module} and of Go.`);
  }
  return { version, go };
}

/** Whether version `a` (`1.26.8`, or `0.0.0-DEV`) is `b` or newer. */
export function isAtLeast(a: string, b: string): boolean {
  const [x, y] = [numbers(a), numbers(b)];
  const different = x.findIndex((value, index) => value !== y[index]);
  return different < 0 || (x[different] ?? 0) > (y[different] ?? 0);
}

/**
 * Asks a program which version it is; throws with the reason if it does not say.
 * @param pattern finds the version in the output of `--version`, as its first group
 */
export async function askVersion(path: string, title: string, pattern: RegExp): Promise<string> {
  const abort = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const { code, signal, output } = await runChild(path, ['--version'], { abort });
  const version = pattern.exec(output)?.[1];
  if (code === 0 && version !== undefined) return version;
  if (abort.aborted)
    throw new Error(`no response to --version within ${ANSWER_WITHIN_MS / 1_000} s`);
  const said = lastLines(output, 1) || (code === null ? `ended by ${signal}` : 'nothing');
  throw new Error(`--version did not print a version of ${title}: ${said.slice(0, 200)}`);
}

function numbers(version: string): number[] {
  return (/^\d+(?:\.\d+){0,2}/.exec(version)?.[0] ?? '0')
    .split('.')
    .concat('0', '0')
    .slice(0, 3)
    .map(Number);
}
