import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { CommandError } from '../command-line/output.ts';
import { type ConnectionNames, readConnectionNames } from '../config/connection-names.ts';
import type { Environment } from '../config/environment.ts';
import { configurationFile } from '../config/file.ts';
import type { ExportTypes } from '../domain/export-input.ts';
import { fieldsOf, isMapping, type Problem, pathText } from '../domain/problems.ts';
import { checkScheduleFile, type ScheduleFile } from './schedule-file.ts';
import { unknownConnections } from './unknown-connections.ts';

/** A file that can be applied, and the configuration that its connections were looked up in. */
export interface ReadSchedule {
  readonly file: ScheduleFile;
  /** `null` if there is no configuration to check against. */
  readonly names: ConnectionNames | null;
  /** Where the configuration should be. */
  readonly configuration: string;
}

/**
 * Reads and checks a schedule file.
 * @param typed its path as it was typed, from `directory` on
 * @throws CommandError with every problem, each with its line; ConfigError
 */
export function readScheduleFile(
  typed: string,
  environment: Environment,
  directory: string,
  types: ExportTypes,
): ReadSchedule {
  const lines = new LineCounter();
  const text = read(typed, resolve(directory, typed));
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const value = toValue(document, lines, typed, text);

  const configuration = configurationFile(environment, directory);
  const names = readConnectionNames(configuration, environment);
  const { file, problems } = checkScheduleFile(value, types);
  const input = fieldsOf(value).export;
  const unknown =
    names === null || !isMapping(input) ? [] : unknownConnections(input, types, names);
  if (file === null || unknown.length > 0) {
    throw refusal(
      [...problems, ...unknown].map((problem) => {
        return { ...problem, line: lineOf(document, lines, problem.path) };
      }),
      typed,
    );
  }
  return { file, names, configuration };
}

interface Located extends Problem {
  readonly line: number;
}

function refusal(problems: readonly Located[], typed: string): CommandError {
  const texts = problems
    .toSorted((a, b) => a.line - b.line)
    .flatMap(({ line, path, message, details = [] }) => {
      const where = `${typed}:${line}: ${pathText(path)}`;
      return [`${where}: ${message}`, ...details.map((text) => `    ${text}`)];
    });
  return new CommandError(2, texts.join('\n'));
}

function read(typed: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CommandError(2, `${typed}: there is no such file (${path}).`);
    if (code === 'EISDIR') throw new CommandError(2, `${typed}: is a folder, not a file.`);
    throw new CommandError(2, `${typed}: cannot be read (${code}).`);
  }
}

function toValue(document: Document.Parsed, lines: LineCounter, typed: string, text: string) {
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos }) => {
    const { line } = lines.linePos(pos[0]);
    if (code === 'MULTIPLE_DOCS') {
      return {
        line,
        path: ['YAML'],
        message: 'a second document begins here; a file holds one schedule',
      };
    }
    return { line, path: ['YAML'], message: `${message}${quotesHint(text.split('\n')[line - 1])}` };
  });
  visit(document, {
    Alias: (_, alias) => {
      if (problems.length > 0 || alias.resolve(document) !== undefined) return;
      const line = lines.linePos(alias.range?.[0] ?? 0).line;
      const message = `there is no anchor &${alias.source} for the alias *${alias.source}`;
      problems.push({ line, path: ['YAML'], message: `${message}${quotesHint('* ')}` });
    },
  });
  if (problems.length > 0) throw refusal(withoutRepeats(problems), typed);
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw new CommandError(2, `${typed}: YAML: ${(error as Error).message}`);
  }
}

/** The parser reports each `*` of an unquoted cron expression, in the same words. */
function withoutRepeats(problems: readonly Located[]): Located[] {
  return [
    ...new Map(problems.map((problem) => [`${problem.line} ${problem.message}`, problem])),
  ].map(([, problem]) => problem);
}

/** YAML has its own meaning for `*` and `@`, with which a cron expression may begin. */
function quotesHint(line = ''): string {
  return /^[\w\s]*:?\s*[*@]/.test(line) ? '; put text that begins with * or @ in quotes' : '';
}

/** The line of the field at a path, or of what should hold it. */
function lineOf(
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly PropertyKey[],
): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const start = startOf(parent, path[depth - 1] as PropertyKey);
    if (start !== undefined) return lines.linePos(start).line;
  }
  return lines.linePos(document.contents?.range[0] ?? 0).line;
}

/** Where a field of a mapping or an item of a list begins. */
function startOf(parent: unknown, key: PropertyKey): number | undefined {
  if (isMap(parent)) {
    const entry = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
    return isScalar(entry?.key) ? entry.key.range?.[0] : undefined;
  }
  const item: unknown = isSeq(parent) ? parent.items[Number(key)] : undefined;
  return (item as { range?: [number, number, number] } | undefined)?.range?.[0];
}
