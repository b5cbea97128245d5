import { parseArgs } from 'node:util';
import { didYouMean } from '../domain/nearest.ts';
import type { Command, CommandLine, Program } from './command.ts';
import { CommandError } from './output.ts';

export type Asked =
  | { readonly help: string }
  | {
      readonly help: null;
      readonly command: Command;
      readonly json: boolean;
      readonly line: CommandLine;
    };

const OPTION_COLUMN = 18;

/** @throws CommandError for wrong usage. */
export function readCommandLine(program: Program, args: readonly string[]): Asked {
  const { commands } = program;
  const [name = '', ...rest] = args;
  if (['-h', '--help', 'help'].includes(name)) {
    const asked = commands.find((command) => command.name === rest[0]);
    return { help: asked === undefined ? overview(program) : helpOf(program, asked) };
  }
  if (name === '') throw new CommandError(2, `The command is missing.\n\n${overview(program)}`);
  const command = commands.find((known) => known.name === name);
  if (command === undefined) {
    const hint = didYouMean(
      name,
      commands.map((known) => known.name),
    );
    throw new CommandError(2, `There is no command "${name}"${hint}.\n\n${overview(program)}`);
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
    throw new WrongUsage(`The argument ${command.operand} is missing.`);
  }
  if (more.length === 0) return operand;
  throw new WrongUsage(`Unexpected argument "${more[0]}": it takes one ${command.operand}.`);
}

function optionsOf(command: Command, values: Values): Readonly<Record<string, string | undefined>> {
  const missing = command.options.find(({ name, required }) => required && !(name in values));
  if (missing !== undefined) throw new WrongUsage(`The option --${missing.name} is missing.`);
  return Object.fromEntries(
    command.options.map(({ name }) => [name, values[name] as string | undefined]),
  );
}

function overview({ call, purpose, commands }: Program): string {
  const lines = commands.map((command) => `  ${usage(command)}\n      ${command.summary}`);
  return `Usage: ${call} COMMAND

${purpose}

${lines.join('\n')}

Every command takes --json, which prints one JSON document on stdout, and --help.
Exit codes: 0 done; 2 wrong usage, or a file, cron text or time that is not valid; 1 anything else.`;
}

function helpOf({ call }: Program, command: Command): string {
  const options = [...command.options, ...COMMON].map(({ name, value, help }) => {
    const typed = `--${name}${value === null ? '' : ` ${value}`}`;
    return `  ${typed.padEnd(OPTION_COLUMN)}${help.replaceAll('\n', `\n${' '.repeat(OPTION_COLUMN + 2)}`)}`;
  });
  return `Usage: ${call} ${usage(command)}\n\n${command.help}\n\n${options.join('\n')}`;
}

const COMMON = [
  { name: 'json', value: null, help: 'one JSON document on stdout instead of text' },
  { name: 'help', value: null, help: 'this text' },
];

function usage({ name, operand, options }: Command): string {
  const words = options.map(({ name: option, value, required }) => {
    return required ? `--${option} ${value}` : `[--${option} ${value}]`;
  });
  return [name, ...(operand === null ? [] : [operand]), ...words].join(' ');
}
