import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';

/** Writes a shell script that can be called like a program. */
export function fakeProgram(path: string, script: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A fake Temporal CLI that knows its version. */
export function fakeTemporal(path: string, version: string): string {
  return fakeProgram(path, `echo "temporal version ${version} (Server 1.31.2, UI 2.50.1)"`);
}

/** A command under way, with what it has printed so far. */
export interface Running {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  /** Resolves to what matched as soon as stdout has it. */
  saw: (pattern: RegExp) => Promise<RegExpExecArray>;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** How to start a command; `stdin` is closed where it is not a pipe. */
export interface StartOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  uid?: number;
  stdin?: 'ignore' | 'pipe';
  /** The test's own, where tests run side by side. */
  whenFinished?: typeof onTestFinished;
}

/** Starts a command; it is killed with the test at the latest. */
export function start(
  command: readonly [string, ...string[]],
  { stdin = 'ignore', whenFinished = onTestFinished, ...options }: StartOptions = {},
): Running {
  const [program, ...args] = command;
  const child = spawn(program, args, { ...options, stdio: [stdin, 'pipe', 'pipe'] });
  whenFinished(() => void child.kill('SIGKILL'));
  const stdout = textOf(child.stdout as Readable);
  const stderr = textOf(child.stderr as Readable);
  const ended = new Promise<Awaited<Running['ended']>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
  });
  const saw = async (pattern: RegExp) => {
    for (;;) {
      const match = pattern.exec(stdout());
      if (match !== null) return match;
      if (child.exitCode !== null)
        throw new Error(`${pattern} is not in:\n${stdout()}\n${stderr()}`);
      await Promise.race([once(child.stdout as Readable, 'data'), ended]);
    }
  };
  return { child, stdout, stderr, saw, ended };
}

/** What a stream has given so far. */
function textOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}

/** A named pipe: who reads it waits until a test writes to it. */
export async function namedPipe(path: string): Promise<string> {
  await start(['mkfifo', path]).ended;
  return path;
}
