import type { Command, Program } from './command.ts';
import { table } from './text.ts';

const COMMON = [
  ['--json', 'print one JSON document on stdout instead of text'],
  ['--help', 'show this help'],
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
  const own = options.map(({ name, value, help }) => [`--${name} ${value}`, help]);
  const sections = [
    `Usage: ${call} ${usage(command)}`,
    summary,
    ...(help === undefined ? [] : [help]),
    section('Options', [...own, ...COMMON]),
    section(
      examples.length === 1 ? 'Example' : 'Examples',
      examples.map((example) => [`${call} ${example}`]),
    ),
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

function section(title: string, rows: readonly (readonly string[])[]): string {
  return [`${title}:`, ...table(rows)].join('\n');
}

function usage({ name, operand, options }: Command): string {
  const words = options.map(({ name: option, value, required }) => {
    return required ? `--${option} ${value}` : `[--${option} ${value}]`;
  });
  return [name, ...(operand === null ? [] : [operand]), ...words].join(' ');
}
