import { asTyped } from '../../src/command-line/caller-directory.ts';
import type { ServiceLog } from './service-log.ts';

const SHOWN_LINES = 15;

/** What went wrong, for the person who runs the demo, with the log that says more. */
export class DemoError extends Error {
  readonly #log: ServiceLog | null;

  constructor(message: string, log: ServiceLog | null = null) {
    super(message);
    this.name = 'DemoError';
    this.#log = log;
  }

  /** The message, and the last lines of the log. */
  report(): string {
    if (this.#log === null) return this.message;
    const lines = this.#log.lastLines(SHOWN_LINES);
    const path = asTyped(this.#log.path);
    if (lines.length === 0) return `${this.message}\nIts log ${path} is empty.`;
    const shown = lines.map((line) => `  | ${line}`).join('\n');
    return `${this.message}\nThe last lines of ${path}:\n${shown}`;
  }
}
