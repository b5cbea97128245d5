import type { Output } from './output.ts';

/** A command of a program, as it is documented and called. */
export interface Command {
  readonly name: string;
  /** What has to follow the name, or `null`. */
  readonly operand: string | null;
  readonly options: readonly CommandOption[];
  /** A line for the overview. */
  readonly summary: string;
  readonly help: string;
  /** Loaded only when it is asked for: Temporal's client takes its time. */
  readonly load: () => Promise<{ run: (line: CommandLine, output: Output) => Promise<void> }>;
}

export interface CommandOption {
  readonly name: string;
  readonly value: string;
  readonly required?: true;
  readonly help: string;
}

/** What was typed behind the name of a command. */
export interface CommandLine {
  /** The operand: a file or the id of a schedule; empty where the command takes none. */
  readonly operand: string;
  readonly options: Readonly<Record<string, string | undefined>>;
}

/** Several commands behind one npm script. */
export interface Program {
  /** How it is called: `npm run schedule --`. */
  readonly call: string;
  /** What it is for, in a sentence. */
  readonly purpose: string;
  readonly commands: readonly Command[];
}
