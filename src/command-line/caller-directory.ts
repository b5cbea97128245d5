import { isAbsolute, relative, resolve } from 'node:path';

/** Where the person typed `npm run demo`, and where `npm run temporal` starts file names from. */
export const callerDirectory = process.env.INIT_CWD ?? process.cwd();

/** A path as a person in that directory would write it. */
export function asTyped(path: string, directory: string = callerDirectory): string {
  const way = relative(directory, path);
  return way.startsWith('..') || isAbsolute(way) ? resolve(path) : way;
}
