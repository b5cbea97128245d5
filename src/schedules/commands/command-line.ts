import { parseArgs } from 'node:util';
import { CommandError } from '../../command-line/output.ts';
import { didYouMean } from '../../domain/nearest.ts';
import { COMMANDS, type Command } from './commands.ts';

/** What was asked for, with the options and operands that the command knows. */
export interface CommandLine {
  /** The operand: a file or the id of a schedule; empty where the command takes none. */
  readonly operand: string;
  readonly options: Readonly<Record<string, string | undefined>>;
}

export type Asked =
  | { readonly help: string }
  | {
      readonly help: null;
      readonly command: Command;
      readonly json: boolean;
      readonly line: CommandLine;
    };

const CALL = 'npm run schedule --';
const OPTION_COLUMN = 18;

/** @throws CommandError for wrong usage. */
export function readCommandLine(args: readonly string[]): Asked {
  const [name = '', ...rest] = args;
  if (['-h', '--help', 'help'].includes(name)) {
    const asked = COMMANDS.find((command) => command.name === rest[0]);
    return { help: asked === undefined ? overview() : helpOf(asked) };
  }
  if (name === '') throw new CommandError(2, `Which command?\n\n${overview()}`);
  const command = COMMANDS.find((known) => known.name === name);
  if (command === undefined) {
    const hint = didYouMean(
      name,
      COMMANDS.map((known) => known.name),
    );
    throw new CommandError(2, `There is no command "${name}"${hint}.\n\n${overview()}`);
  }
  const { values, positionals } = parse(command, rest);
  if (values.help) return { help: helpOf(command) };
  return {
    help: null,
    command,
    json: values.json === true,
    line: { operand: operandOf(command, positionals), options: optionsOf(command, values) },
  };
}

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
    throw wrongUsage(command, (error as Error).message.split('\n')[0] ?? '');
  }
}

function operandOf(command: Command, positionals: readonly string[]): string {
  const [operand, ...more] = positionals;
  if (command.operand === null) {
    if (operand === undefined) return '';
    throw wrongUsage(command, `It takes options only, and "${operand}" is none.`);
  }
  if (operand === undefined || operand === '') {
    throw wrongUsage(command, `${command.operand} is missing.`);
  }
  if (more.length === 0) return operand;
  throw wrongUsage(command, `It takes one ${command.operand}, and "${more[0]}" is one too many.`);
}

function optionsOf(command: Command, values: Values): Readonly<Record<string, string | undefined>> {
  const missing = command.options.find(({ name, required }) => required && !(name in values));
  if (missing !== undefined) throw wrongUsage(command, `--${missing.name} is missing.`);
  return Object.fromEntries(
    command.options.map(({ name }) => [name, values[name] as string | undefined]),
  );
}

function wrongUsage(command: Command, problem: string): CommandError {
  return new CommandError(2, `${command.name}: ${problem}\n\n${helpOf(command)}`);
}

function overview(): string {
  const lines = COMMANDS.map((command) => `  ${usage(command)}\n      ${command.summary}`);
  return `Usage: ${CALL} COMMAND

Schedules of exports in Treasure Data's cron dialect, on Temporal's schedules.

${lines.join('\n')}

Every command takes --json, for one JSON document on stdout, and --help, which tells more.
Exit codes: 0 done; 2 wrong usage, or a file, cron text or time that is not valid; 1 anything else.`;
}

function helpOf(command: Command): string {
  const options = [...command.options, ...COMMON].map(({ name, value, help }) => {
    const typed = `--${name}${value === null ? '' : ` ${value}`}`;
    return `  ${typed.padEnd(OPTION_COLUMN)}${help.replaceAll('\n', `\n${' '.repeat(OPTION_COLUMN + 2)}`)}`;
  });
  return `Usage: ${CALL} ${usage(command)}\n\n${command.help}\n\n${options.join('\n')}`;
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
