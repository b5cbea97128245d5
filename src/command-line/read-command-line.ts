import { didYouMean } from '../domain/nearest.ts';
import type { Command, CommandLine, Program } from './command.ts';
import { COMMAND_FLAGS, helpOf, overview } from './help.ts';
import { CommandError } from './output.ts';
import { parseOptions, WrongUsage } from './parse-options.ts';

/** What a command line asks for: a help text, or a command to run. */
export type Typed =
  | { readonly help: string }
  | {
      readonly help: null;
      readonly command: Command;
      readonly json: boolean;
      readonly line: CommandLine;
    };

/** @throws CommandError for wrong usage. */
export function readCommandLine(program: Program, args: readonly string[]): Typed {
  const { commands } = program;
  const [name = '', ...rest] = args;
  if (['-h', '--help', 'help'].includes(name)) {
    const named = commands.find((command) => command.name === rest[0]);
    return { help: named === undefined ? overview(program) : helpOf(program, named) };
  }
  if (name === '') throw new CommandError(2, `Missing command.\n\n${overview(program)}`);
  const command = commands.find((known) => known.name === name);
  if (command === undefined) {
    const hint = didYouMean(
      name,
      commands.map((known) => known.name),
    );
    throw new CommandError(2, `Unknown command "${name}"${hint}.\n\n${overview(program)}`);
  }
  const help = helpOf(program, command);
  try {
    const { operands, options, flags } = parseOptions(rest, command.options, COMMAND_FLAGS);
    if (flags.has('help')) return { help };
    const operand = operandOf(command, operands);
    const missing = command.options.find(({ name, required }) => required && !(name in options));
    if (missing !== undefined) throw new WrongUsage(`Missing option --${missing.name}.`);
    return { help: null, command, json: flags.has('json'), line: { operand, options } };
  } catch (error) {
    if (!(error instanceof WrongUsage)) throw error;
    throw new CommandError(2, `${command.name}: ${error.message}\n\n${help}`);
  }
}

function operandOf(command: Command, operands: readonly string[]): string {
  const [operand, ...more] = operands;
  if (command.operand === null) {
    if (operand === undefined) return '';
    throw new WrongUsage(`Unexpected argument "${operand}".`);
  }
  if (operand === undefined || operand === '') {
    throw new WrongUsage(`Missing argument ${command.operand}.`);
  }
  if (more.length === 0) return operand;
  throw new WrongUsage(`Unexpected argument "${more[0]}": only one ${command.operand} is allowed.`);
}
