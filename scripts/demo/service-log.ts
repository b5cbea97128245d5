import { appendFileSync, writeFileSync } from 'node:fs';

const KEPT_LINES = 100;

/** What a process of the demo prints: in a file, and the end of it at hand. */
export class ServiceLog {
  readonly path: string;
  readonly #last: string[] = [];

  constructor(path: string) {
    this.path = path;
    writeFileSync(path, '', { mode: 0o600 });
  }

  write(line: string): void {
    appendFileSync(this.path, `${line}\n`);
    this.#last.push(line);
    if (this.#last.length > KEPT_LINES) this.#last.shift();
  }

  lastLines(count: number): readonly string[] {
    return this.#last.slice(-count);
  }
}
