import type { Environment } from '../../src/config/environment.ts';

/** Makes the CLI of that version inside the folder, and returns its path or throws why not. */
export type Obtain = (wanted: {
  folder: string;
  version: string;
  env: Environment;
  log: (line: string) => void;
}) => Promise<string>;
