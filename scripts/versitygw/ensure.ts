// `node scripts/setup.mjs --versitygw` runs this, on the pinned Node. Without versitygw the tests
// that need it are skipped, so only an interruption is a failure.
import { Interrupted } from '../setup/child.mjs';
import { prepareVersitygw } from './find.ts';

const say = (line: string) => process.stderr.write(`versitygw: ${line}\n`);

try {
  const { missing } = await prepareVersitygw(process.env, say);
  if (missing !== null) say(`the tests that need an S3 server will be skipped: ${missing}`);
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
  process.exitCode = error.exitCode;
}
