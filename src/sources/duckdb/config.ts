import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { z } from 'zod';
import { mapping, text } from '../../domain/config-checks.ts';
import type { PrivateFiles, SectionSchema } from '../../domain/connection-type.ts';
import { errorCode } from '../../domain/error-code.ts';
import { documented } from '../../domain/field-docs.ts';
import type { Problem } from '../../domain/problems.ts';

const EXAMPLE = '{ directory: ./data }';
const fields = mapping(
  {
    directory: documented(text, {
      type: 'path',
      meaning:
        'the only place that the SQL of this connection can read; it must exist. A symbolic link is resolved for each query',
    }),
  },
  EXAMPLE,
);

export type DuckdbSection = z.output<typeof fields>;

export const duckdbSection: SectionSchema = { fields, example: EXAMPLE };

export interface DuckdbConnection {
  /** Absolute; symbolic links in it are resolved for each query. */
  readonly directory: string;
}

export function duckdbConnection(section: DuckdbSection, baseDirectory: string): DuckdbConnection {
  return { directory: resolve(baseDirectory, section.directory) };
}

/** A directory that does not exist, or is not a directory. */
export function duckdbProblems(
  { directory }: Readonly<Record<string, unknown>>,
  baseDirectory: string,
): readonly Problem[] {
  if (typeof directory !== 'string' || directory.trim() === '') return [];
  const path = resolve(baseDirectory, directory);
  const problem = (message: string) => [{ path: ['directory'], message }];
  try {
    if (statSync(path).isDirectory()) return [];
    return problem(`${path} is a file; set the directory that contains it`);
  } catch (error) {
    const code = errorCode(error);
    return problem(
      code === 'ENOENT' ? `there is no directory ${path}` : `${path} cannot be read (${code})`,
    );
  }
}

/** Files that its SQL could read, and should not. */
export function duckdbWarnings(
  { directory }: DuckdbConnection,
  { configuration, stagingDirectory, scratchDirectory }: PrivateFiles,
): readonly Problem[] {
  const inside = (path: string | null) => {
    if (path === null) return false;
    const way = relative(realPathOf(directory), realPathOf(path));
    return !way.startsWith('..') && !isAbsolute(way);
  };
  const found = [
    inside(stagingDirectory) ? 'the staged rows of every export' : '',
    inside(scratchDirectory) ? 'what other queries keep on disk' : '',
    inside(configuration) ? 'this configuration' : '',
  ].filter((what) => what !== '');
  if (found.length === 0) return [];
  const message = `contains ${found.join(' and ')}, which its SQL can read: move the data to a directory of its own`;
  return [{ path: ['directory'], message }];
}

/** Without symbolic links; what does not exist yet is below the real path of what does. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const parent = dirname(path);
    if (errorCode(error) !== 'ENOENT' || parent === path) return path;
    return join(realPathOf(parent), basename(path));
  }
}
