// `npm run temporal -- ARGS`: the Temporal CLI, as if it had been called directly.
import { findTemporalCli, NoTemporalCli } from './temporal-cli/find.ts';

try {
  const { path } = await findTemporalCli();
  // npm runs scripts in the project's folder; file names in ARGS start where the caller is.
  if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
  if (process.execve === undefined)
    throw new Error('Run this with the Node that the project pins.');
  // The CLI takes this process's place: input, output, signals and the exit code are its own.
  process.execve(path, ['temporal', ...process.argv.slice(2)], process.env as NodeJS.ProcessEnv);
} catch (error) {
  if (!(error instanceof NoTemporalCli)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
