import { join } from 'node:path';
import { repository, start } from '../../support/folders.ts';

const SCRIPT = join(repository, 'src/schedules/main.ts');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npm run schedule -- ARGS` without npm, as if typed in a folder. */
export async function schedule(
  args: readonly string[],
  folder: string = repository,
  env: Record<string, string> = {},
): Promise<Ended> {
  return await start([process.execPath, SCRIPT, ...args], {
    cwd: repository,
    env: {
      PATH: process.env.PATH,
      TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS,
      INIT_CWD: folder,
      ...env,
    },
  }).ended;
}
