import { parseArgs } from 'node:util';

/** What was wrong with a call, without the help text. */
export class WrongUsage extends Error {}

/** What was typed after a call, as it was typed. */
export interface ParsedOptions {
  readonly operands: readonly string[];
  /** The options that were given, with their values. */
  readonly options: Readonly<Record<string, string | undefined>>;
  /** The options without a value that were given. */
  readonly flags: ReadonlySet<string>;
}

/**
 * Reads options with and without a value; `-h` is `--help`.
 * @throws WrongUsage for an option that is unknown, lacks its value or must not have one
 */
export function parseOptions(
  args: readonly string[],
  options: readonly { readonly name: string }[],
  flags: readonly { readonly name: string }[],
): ParsedOptions {
  const known = [
    ...options.map(({ name }) => [name, { type: 'string' }] as const),
    ...flags.map(({ name }) => [name, { type: 'boolean' }] as const),
    ['help', { type: 'boolean', short: 'h' }] as const,
  ];
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: Object.fromEntries(known),
    });
    const given = Object.entries(values);
    return {
      operands: positionals,
      options: Object.fromEntries(given.filter(isText)),
      flags: new Set(given.flatMap(([name, value]) => (value === true ? [name] : []))),
    };
  } catch (error) {
    // The rest is advice about arguments that begin with a dash, which none of ours do.
    const [first = ''] = (error as Error).message.split(/\n| To specify a positional/);
    throw new WrongUsage(first);
  }
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}
