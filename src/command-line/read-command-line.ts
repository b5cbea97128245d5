import { parseArgs } from 'node:util';
import { didYouMean } from '../domain/nearest.ts';
import type { Command, CommandLine, Program } from './command.ts';
import { helpOf, overview } from './help.ts';
import { CommandError } from './output.ts';

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
    const { values, positionals } = parse(command, rest);
    if (values.help) return { help };
    const line = { operand: operandOf(command, positionals), options: optionsOf(command, values) };
    return { help: null, command, json: values.json === true, line };
  } catch (error) {
    if (!(error instanceof WrongUsage)) throw error;
    throw new CommandError(2, `${command.name}: ${error.message}\n\n${help}`);
  }
}

class WrongUsage extends Error {}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function parse(command: Command, args: string[]): { values: Values; positionals: string[] } {
  const own = command.options.map(({ name }) => [name, { type: 'string' }] as const);
  try {
    const { values, positionals } = parseArgs({
      args,
      strict: true,
      allowPositionals: true,
      options: {
        ...Object.fromEntries(own),
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return { values: values as Values, positionals };
  } catch (error) {
    throw new WrongUsage((error as Error).message.split('\n')[0]);
  }
}

function operandOf(command: Command, positionals: readonly string[]): string {
  const [operand, ...more] = positionals;
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

function optionsOf(command: Command, values: Values): Readonly<Record<string, string | undefined>> {
  const missing = command.options.find(({ name, required }) => required && !(name in values));
  if (missing !== undefined) throw new WrongUsage(`Missing option --${missing.name}.`);
  return Object.fromEntries(
    command.options.map(({ name }) => [name, values[name] as string | undefined]),
  );
}
