/** Ends a command: the message goes to stderr, the code to the shell. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** 2 for what was typed wrongly, on the command line or in a file; 1 for everything else. */
  readonly exitCode: 1 | 2;

  constructor(exitCode: 1 | 2, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Where a command speaks: lines for people, or one JSON document for scripts, and never both. */
export interface Output {
  readonly json: boolean;
  /** A line for people. */
  line(text?: string): void;
  lines(texts: readonly string[]): void;
  /** The document for scripts; once. */
  document(value: unknown): void;
  /** For people and scripts alike, on stderr. */
  warn(text: string): void;
}

export function createOutput(json: boolean): Output {
  const write = (text: string) => process.stdout.write(`${text}\n`);
  const line = (text = '') => void (json || write(text));
  return {
    json,
    line,
    lines: (texts) => {
      for (const text of texts) line(text);
    },
    document: (value) => void (json && write(JSON.stringify(value, null, 2))),
    warn: (text) => void process.stderr.write(`Warning: ${text}\n`),
  };
}

/** Rows as aligned columns; the last one is as long as it likes. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

/** `1 run`, `2 runs` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** A word of a command that can be copied into a shell. */
export function shellWord(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
