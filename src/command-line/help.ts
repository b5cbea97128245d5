import type { Command, CommandOption, Flag, Program, Script } from './command.ts';
import { table } from './text.ts';

/** Of every command, besides `--help`. */
export const COMMAND_FLAGS: readonly Flag[] = [
  { name: 'json', help: 'print one JSON document on stdout instead of text' },
];

/** The help of a program: its commands, a line each. */
export function overview({ call, purpose, commands }: Program): string {
  const lines = commands.map((command) => `  ${usage(command)}\n      ${command.summary}`);
  return `Usage: ${call} COMMAND

${purpose}

Commands:
${lines.join('\n')}

Every command takes --json, to print one JSON document on stdout, and --help, for its options,
examples and environment variables.
Exit codes: 0 success; 2 wrong usage, or invalid input; 1 any other failure.`;
}

/** The help of a command. */
export function helpOf({ call }: Program, command: Command): string {
  const { summary, help, options, examples, variables } = command;
  const sections = [
    `Usage: ${call} ${usage(command)}`,
    summary,
    ...(help === undefined ? [] : [help]),
    optionSection(options, COMMAND_FLAGS),
    ...exampleSections(call, examples),
    ...(variables.length === 0
      ? []
      : [
          section(
            'Environment variables',
            variables.map(({ name, help }) => [name, help]),
          ),
        ]),
  ];
  return sections.join('\n\n');
}

/** The help of a script without commands. */
export function scriptHelp(script: Script): string {
  const { call, operands, options, flags, summary, help, examples = [] } = script;
  const words = [
    ...(operands === null ? [] : [operands]),
    ...options.map(usageOf),
    ...flags.map(({ name }) => `[--${name}]`),
  ];
  return [
    `Usage: ${[call, ...(words.length === 0 ? [] : ['--']), ...words].join(' ')}`,
    summary,
    ...(help === undefined ? [] : [help]),
    optionSection(options, flags),
    ...exampleSections(`${call} --`, examples),
  ].join('\n\n');
}

function optionSection(options: readonly CommandOption[], flags: readonly Flag[]): string {
  return section('Options', [
    ...options.map(({ name, value, help }) => [`--${name} ${value}`, help]),
    ...flags.map(({ name, help }) => [`--${name}`, help]),
    ['--help', 'show this help'],
  ]);
}

function exampleSections(call: string, examples: readonly string[]): string[] {
  if (examples.length === 0) return [];
  const rows = examples.map((example) => [`${call} ${example}`]);
  return [section(examples.length === 1 ? 'Example' : 'Examples', rows)];
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  return [`${title}:`, ...table(rows)].join('\n');
}

function usage({ name, operand, options }: Command): string {
  return [name, ...(operand === null ? [] : [operand]), ...options.map(usageOf)].join(' ');
}

function usageOf({ name, value, required }: CommandOption): string {
  return required ? `--${name} ${value}` : `[--${name} ${value}]`;
}
