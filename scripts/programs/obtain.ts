import type { Environment } from '../../src/config/environment.ts';

/** Makes that version of a program inside the folder, and returns its path or throws why not. */
export type Obtain = (wanted: {
  folder: string;
  version: string;
  env: Environment;
  log: (line: string) => void;
}) => Promise<string>;
