import type { Environment } from '../config/environment.ts';
import type { Output } from './output.ts';

/** A command of a program, as it is documented and called. */
export interface Command {
  readonly name: string;
  /** What has to follow the name, or `null`. */
  readonly operand: string | null;
  readonly options: readonly CommandOption[];
  /** A sentence: a line of the overview, and the first one of its own help. */
  readonly summary: string;
  /** More paragraphs for its own help. */
  readonly help?: string;
  /** What can be typed after the program's call. */
  readonly examples: readonly string[];
  readonly variables: readonly Variable[];
  /** Loaded only when it is called: Temporal's client is slow to load. */
  readonly load: () => Promise<{ run: RunCommand }>;
}

export type RunCommand = (line: CommandLine, output: Output, place: Place) => Promise<void>;

export interface CommandOption {
  readonly name: string;
  readonly value: string;
  readonly required?: true;
  readonly help: string;
}

/** An option without a value. */
export interface Flag {
  readonly name: string;
  readonly help: string;
}

/** An environment variable, or several of a kind. */
export interface Variable {
  readonly name: string;
  readonly help: string;
}

/** What was typed after the name of a command. */
export interface CommandLine {
  /** The operand: a file or the id of a schedule; empty where the command takes none. */
  readonly operand: string;
  readonly options: Readonly<Record<string, string | undefined>>;
}

/** Where a command was typed. */
export interface Place {
  readonly environment: Environment;
  /** Where relative paths start. */
  readonly directory: string;
}

/** Several commands behind one npm script. */
export interface Program {
  /** How it is called: `npm run schedule --`. */
  readonly call: string;
  /** What it is for, in a sentence. */
  readonly purpose: string;
  readonly commands: readonly Command[];
}

/** An npm script without commands, as it is documented and called. */
export interface Script {
  /** How it is called: `npm run bench`. */
  readonly call: string;
  /** What may follow, such as `[FIGURE …]`, or `null`. */
  readonly operands: string | null;
  readonly options: readonly CommandOption[];
  readonly flags: readonly Flag[];
  /** What it does, in a sentence. */
  readonly summary: string;
  /** More paragraphs for its help. */
  readonly help?: string;
  /** What can be typed after the call and `--`. */
  readonly examples?: readonly string[];
}
