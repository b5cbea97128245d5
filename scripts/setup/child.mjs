import { spawn } from 'node:child_process';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const KEPT_OUTPUT = 200_000;

/** Thrown when a signal ended the wait for a child; `exitCode` is what a shell would report. */
export class Interrupted extends Error {
  constructor(signal, number) {
    super(`interrupted by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
    this.exitCode = 128 + number;
  }
}

/**
 * Runs a command to its end and returns its exit code with the output that was piped.
 * A signal to this process goes on to the child, so that neither outlives the other.
 */
export async function runChild(command, args, options = {}) {
  const { cwd, env, stdio = ['ignore', 'pipe', 'pipe'], abort } = options;
  const child = spawn(command, args, { cwd, env, stdio });
  let output = '';
  let received;

  const keep = (chunk) => {
    output = (output + chunk).slice(-KEPT_OUTPUT);
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);

  const forward = (signal, number) => {
    received = [signal, number];
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  const kill = () => {
    child.kill('SIGKILL');
    // Its own children may hold the pipes open for as long as they like.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  if (abort?.aborted) kill();
  abort?.addEventListener('abort', kill, { once: true });

  try {
    const result = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    if (received !== undefined) throw new Interrupted(...received);
    return { ...result, output };
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
    abort?.removeEventListener('abort', kill);
  }
}

/** The last lines of a command's output that say something, for an error message. */
export function lastLines(output, count) {
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}
