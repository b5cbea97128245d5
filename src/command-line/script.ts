import type { Script } from './command.ts';
import { scriptHelp } from './help.ts';
import { CommandError, type Streams } from './output.ts';
import { type ParsedOptions, parseOptions, WrongUsage } from './parse-options.ts';

/**
 * Runs a script as it was typed, and returns its exit code: 0 after its help, 2 for wrong usage.
 * @param run throws a CommandError for what it does not accept
 * @throws any other error of `run`
 */
export async function runScript(
  script: Script,
  args: readonly string[],
  run: (typed: ParsedOptions) => number | Promise<number>,
  { stdout, stderr }: Streams = process,
): Promise<number> {
  const help = scriptHelp(script);
  try {
    const typed = parseOptions(args, script.options, script.flags);
    if (typed.flags.has('help')) {
      stdout.write(`${help}\n`);
      return 0;
    }
    const [operand] = typed.operands;
    if (script.operands === null && operand !== undefined) {
      throw new WrongUsage(`Unexpected argument "${operand}".`);
    }
    return await run(typed);
  } catch (error) {
    if (error instanceof WrongUsage) {
      stderr.write(`${error.message}\n\n${help}\n`);
      return 2;
    }
    if (!(error instanceof CommandError)) throw error;
    stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
}

/** @throws WrongUsage unless the text of an option is a whole number between the bounds. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new WrongUsage(`${option} must be a whole number from ${min} to ${max}, not "${text}"`);
}
