const EVERY_MS = 1_000;
const LINE_EVERY_S = 60;

/**
 * Shows that something long still goes on: a line that counts the seconds on a terminal,
 * a line a minute elsewhere. Returns the function that ends it and returns the seconds it took.
 */
export function startProgress(text, say, terminal = process.stderr) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1_000);
  const timer = setInterval(() => {
    if (terminal.isTTY) terminal.write(`\r\x1b[K${text}… ${seconds()} s`);
    else if (seconds() % LINE_EVERY_S === 0) say(`${text}… ${seconds()} s so far`);
  }, EVERY_MS);
  timer.unref();
  let ended = false;
  let took = 0;
  return () => {
    if (ended) return took;
    ended = true;
    took = seconds();
    clearInterval(timer);
    if (terminal.isTTY) terminal.write('\r\x1b[K');
    return took;
  };
}
