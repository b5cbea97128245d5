import { join } from 'node:path';
import { runCommand } from '../../../src/command-line/run-program.ts';
import { SCHEDULE_PROGRAM } from '../../../src/schedules/commands/program.ts';
import { repository } from '../../support/folders.ts';
import { start } from '../../support/processes.ts';

const SCRIPT = join(repository, 'src/schedules/main.ts');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npm run schedule -- ARGS` in this process, as if typed in a folder. */
export async function schedule(
  args: readonly string[],
  folder: string = repository,
  env: Record<string, string> = {},
): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof printed) => ({
    write: (text: string) => {
      printed[name] += text;
    },
  });
  const place = { environment: environment(env), directory: folder };
  const streams = { stdout: stream('stdout'), stderr: stream('stderr') };
  const code = await runCommand(SCHEDULE_PROGRAM, args, place, streams);
  return { code, ...printed };
}

/** The same in a process of its own, for what only a process has: an exit code and streams. */
export async function spawnSchedule(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  return await start([process.execPath, SCRIPT, ...args], {
    cwd: repository,
    env: { PATH: process.env.PATH, ...environment(env) },
  }).ended;
}

function environment(more: Record<string, string>): Record<string, string | undefined> {
  return { TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS, ...more };
}
