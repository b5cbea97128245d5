// `npm run schedule -- COMMAND`: schedules in Treasure Data's cron dialect, on Temporal's schedules.

import { CommandError, createOutput } from '../command-line/output.ts';
import { ConfigError } from '../config/config.ts';
import { readCommandLine } from './commands/command-line.ts';

async function main(args: readonly string[]): Promise<void> {
  const asked = readCommandLine(args);
  if (asked.help !== null) {
    process.stdout.write(`${asked.help}\n`);
    return;
  }
  const { run } = await asked.command.load();
  await run(asked.line, createOutput(asked.json));
}

/** A reader that has seen enough, such as `head`, is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof CommandError ? error.exitCode : 2;
}
