// `node scripts/setup.mjs --temporal-cli` runs this, on the pinned Node.
import { Interrupted } from '../setup/child.mjs';
import { findTemporalCli, NoTemporalCli } from './find.ts';

const say = (line: string) => process.stderr.write(`temporal-cli: ${line}\n`);

try {
  await findTemporalCli({ log: say });
} catch (error) {
  if (error instanceof Interrupted) process.exitCode = error.exitCode;
  else {
    process.exitCode = 1;
    say(error instanceof NoTemporalCli ? error.message : String((error as Error).stack));
  }
}
