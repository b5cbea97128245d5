/** Ends a command: the message goes to stderr, the code to the shell. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** 2 for wrong usage or invalid input, 1 for any other failure. */
  readonly exitCode: 1 | 2;

  constructor(exitCode: 1 | 2, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A stream of the process, or what stands in for it. */
export interface TextStream {
  write(text: string): unknown;
}

/** Where text goes: the streams of a process, or what a test reads. */
export interface Streams {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
}

/** What a command prints: lines for people, or one JSON document for scripts, never both. */
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

export function createOutput(json: boolean, { stdout, stderr }: Streams): Output {
  const line = (text = '') => void (json || stdout.write(`${text}\n`));
  return {
    json,
    line,
    lines: (texts) => {
      for (const text of texts) line(text);
    },
    document: (value) => void (json && stdout.write(`${JSON.stringify(value, null, 2)}\n`)),
    warn: (text) => void stderr.write(`Warning: ${text}\n`),
  };
}
