import { ConfigError } from '../config/file.ts';
import { TemporalError } from '../temporal/explain.ts';
import { callerDirectory } from './caller-directory.ts';
import type { Place, Program } from './command.ts';
import { CommandError, createOutput, type Streams } from './output.ts';
import { readCommandLine } from './read-command-line.ts';

/** Runs the command that this process was started with, and sets its exit code. */
export async function runProgram(program: Program): Promise<void> {
  // A reader that has seen enough, such as `head`, is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const { stdout, stderr, env: environment } = process;
  const place = { environment, directory: callerDirectory };
  process.exitCode = await runCommand(program, process.argv.slice(2), place, { stdout, stderr });
}

/**
 * Runs a command as it was typed, and returns its exit code. Uses nothing of the process itself.
 * @throws unexpected errors
 */
export async function runCommand(
  program: Program,
  args: readonly string[],
  place: Place,
  streams: Streams,
): Promise<number> {
  try {
    const typed = readCommandLine(program, args);
    if (typed.help !== null) {
      streams.stdout.write(`${typed.help}\n`);
      return 0;
    }
    const { run } = await typed.command.load();
    await run(typed.line, createOutput(typed.json, streams), place);
    return 0;
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === null) throw error;
    streams.stderr.write(`${(error as Error).message}\n`);
    return code;
  }
}

/** `null` for an unexpected error. */
function exitCodeOf(error: unknown): number | null {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof ConfigError) return 2;
  return error instanceof TemporalError ? 1 : null;
}
