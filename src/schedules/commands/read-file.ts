import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { CommandError } from '../../command-line/output.ts';
import { configurationFile } from '../../config/config.ts';
import {
  type ConnectionNames,
  readConnectionNames,
  unknownConnections,
} from '../../config/connection-names.ts';
import { checkScheduleFile, type FileProblem, type ScheduleFile } from '../schedule-file.ts';

/** A file that can be applied, and the configuration that its connections were looked up in. */
export interface ReadSchedule {
  readonly file: ScheduleFile;
  /** `null` where there is no configuration to look into. */
  readonly names: ConnectionNames | null;
  /** Where the configuration was looked for. */
  readonly configuration: string;
}

/**
 * Reads and checks a schedule file.
 * @param typed its path as it was typed, from `directory` on
 * @throws CommandError with every problem, each with its line; ConfigError
 */
export function readScheduleFile(
  typed: string,
  environment: NodeJS.ProcessEnv,
  directory: string,
): ReadSchedule {
  const lines = new LineCounter();
  const text = read(typed, resolve(directory, typed));
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const value = toValue(document, lines, typed, text);

  const configuration = configurationFile(environment, directory);
  const names = readConnectionNames(configuration, environment);
  const { file, problems } = checkScheduleFile(value);
  const input = (value as { export?: unknown } | null)?.export;
  const unknown = names === null || input === undefined ? [] : unknownConnections(input, names);
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

interface Located extends FileProblem {
  readonly line: number;
}

function refusal(problems: readonly Located[], typed: string): CommandError {
  const told = problems
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, path, message, details = [] }) => {
      return [`${typed}:${line}: ${path}: ${message}`, ...details.map((text) => `    ${text}`)];
    });
  return new CommandError(2, told.flat().join('\n'));
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
        path: 'YAML',
        message: 'a second document begins here; a file has one schedule',
      };
    }
    return { line, path: 'YAML', message: `${message}${quotesHint(text.split('\n')[line - 1])}` };
  });
  visit(document, {
    Alias: (_, alias) => {
      if (problems.length > 0 || alias.resolve(document) !== undefined) return;
      const line = lines.linePos(alias.range?.[0] ?? 0).line;
      const message = `there is no anchor &${alias.source} for the alias *${alias.source}`;
      problems.push({ line, path: 'YAML', message: `${message}${quotesHint('* ')}` });
    },
  });
  if (problems.length > 0) throw refusal(problems, typed);
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw new CommandError(2, `${typed}: YAML: ${(error as Error).message}`);
  }
}

/** YAML has a meaning for the signs that a cron text may begin with. */
function quotesHint(line = ''): string {
  return /^[\w\s]*:?\s*[*@]/.test(line) ? '; put text that begins with * or @ in quotes' : '';
}

/** The line of the field at a path, or of what should hold it. */
function lineOf(document: Document.Parsed, lines: LineCounter, path: string): number {
  let node: unknown = document.contents;
  let at = document.contents?.range[0] ?? 0;
  for (let rest = path; rest !== ''; ) {
    const step = isMap(node)
      ? entryAt(node.items, rest)
      : isSeq(node)
        ? itemAt(node.items, rest)
        : null;
    if (step === null) break;
    at = step.at ?? at;
    node = step.node;
    rest = rest.slice(step.length).replace(/^\./, '');
  }
  return lines.linePos(at).line;
}

interface Step {
  readonly at: number | undefined;
  readonly node: unknown;
  readonly length: number;
}

/** A key may hold dots itself: the longest one that fits. */
function entryAt(items: readonly { key: unknown; value: unknown }[], path: string): Step | null {
  let found: Step | null = null;
  for (const { key, value } of items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    const fits = path === name || (path.startsWith(name) && /^[.[]/.test(path.slice(name.length)));
    if (!fits || name.length <= (found?.length ?? -1)) continue;
    found = { at: key.range?.[0], node: value, length: name.length };
  }
  return found;
}

function itemAt(items: readonly unknown[], path: string): Step | null {
  const index = /^\[(\d+)\]/.exec(path);
  if (index === null) return null;
  const node = items[Number(index[1])] as { range?: [number, number, number] } | undefined;
  return { at: node?.range?.[0], node, length: index[0].length };
}
