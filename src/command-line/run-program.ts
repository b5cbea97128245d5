import { ConfigError } from '../config/file.ts';
import { TemporalError } from '../temporal/explain.ts';
import type { Program } from './command.ts';
import { CommandError, createOutput } from './output.ts';
import { readCommandLine } from './read-command-line.ts';

/** Runs the command that this process was called with, and sets its exit code. */
export async function runProgram(program: Program): Promise<void> {
  // A reader that has seen enough, such as `head`, is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  try {
    const asked = readCommandLine(program, process.argv.slice(2));
    if (asked.help !== null) {
      process.stdout.write(`${asked.help}\n`);
      return;
    }
    const { run } = await asked.command.load();
    await run(asked.line, createOutput(asked.json));
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === null) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = code;
  }
}

/** `null` for an error that nobody expected. */
function exitCodeOf(error: unknown): number | null {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof ConfigError) return 2;
  return error instanceof TemporalError ? 1 : null;
}
