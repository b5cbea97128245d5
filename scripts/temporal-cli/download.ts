import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Obtain } from '../programs/obtain.ts';
import { lastLines, runChild } from '../setup/child.mjs';
import { startProgress } from '../setup/progress.mjs';

const STALLED_MS = 20_000;
const LOOK_MS = 250;

/** Downloads the Temporal CLI as Temporal's SDK does, into `folder`. */
export const download: Obtain = async ({ folder, version, env, log }) => {
  const file = join(folder, `temporal-v${version}`);
  log(`downloading the Temporal CLI ${version} with Temporal's SDK: once, usually a minute`);
  const stop = startProgress('downloading the Temporal CLI', log);

  // The SDK sets no time limit: where a firewall swallows packets it would wait for minutes.
  const stalled = new AbortController();
  let seen = -1;
  let since = Date.now();
  const watch = setInterval(() => {
    const size = statSync(`${file}.downloading`, { throwIfNoEntry: false })?.size ?? 0;
    if (size !== seen) [seen, since] = [size, Date.now()];
    else if (Date.now() - since > STALLED_MS) stalled.abort();
  }, LOOK_MS);

  try {
    const script = fileURLToPath(new URL('./download-child.ts', import.meta.url));
    const { output } = await runChild(process.execPath, [script, folder, `v${version}`], {
      env,
      abort: stalled.signal,
    });
    if (existsSync(file)) return file;
    if (stalled.signal.aborted) throw new Error(`nothing arrived in ${STALLED_MS / 1_000} s`);
    throw new Error(reasonIn(output));
  } finally {
    clearInterval(watch);
    stop();
  }
};

// The SDK repeats itself ("error sending request for url …: error sending …"): the end matters.
function reasonIn(output: string): string {
  const line = lastLines(output, 1).replaceAll(/error sending request for url \([^)]*\): /g, '');
  return line.replace(/^(failed to [^:]*: )+/i, '') || 'the SDK gave no reason';
}
