import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/folders.ts';

/** Fenced blocks with their fences; a fence may be longer than three backticks. */
const FENCED = /^(?<fence>```+)(?<language>\S*)[^\n]*\n(?<text>.*?)^\k<fence>$/gms;

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

/** Every Markdown file of the repository, relative to it. */
export function pages(): string[] {
  return globSync(['*.md', '{docs,sandbox,scripts,src,test}/**/*.md'], { cwd: repository });
}

export function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

export function blocks(page: string): Block[] {
  const text = read(page);
  return [...text.matchAll(FENCED)].map(({ groups, index }) => ({
    language: groups?.language ?? '',
    text: groups?.text ?? '',
    line: text.slice(0, index).split('\n').length,
  }));
}

/** A page without its fenced blocks: what is left are sentences, headings and tables. */
export function prose(page: string): string {
  return read(page).replace(FENCED, '');
}

export function codeSpans(page: string): string[] {
  return [...prose(page).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');
}

/** Headings of a level, without backticks. */
export function headings(page: string, level: number): string[] {
  const lines = prose(page).matchAll(/^(#+) +(.+?) *$/gm);
  return [...lines]
    .filter(([, marks]) => marks?.length === level)
    .map(([, , title = '']) => title.replaceAll('`', ''));
}

/** The ids that GitHub gives the headings of a page. */
export function anchors(page: string): Set<string> {
  const taken = new Map<string, number>();
  const ids = [...prose(page).matchAll(/^#+ +(.+?) *$/gm)].map(([, title = '']) => {
    const text = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const id = text.replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replaceAll(' ', '-');
    const before = taken.get(id) ?? 0;
    taken.set(id, before + 1);
    return before === 0 ? id : `${id}-${before}`;
  });
  return new Set(ids);
}

/** The rows of the first table below a heading, without its head: the cells as they are written. */
export function table(page: string, heading: string): string[][] {
  const [, below = ''] = prose(page).split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [section = ''] = below.split(/^#+ /m, 1);
  const [, ...rows] = /(?:^\|.*\n)+/m.exec(section)?.[0].trimEnd().split('\n') ?? [];
  if (rows.length < 2) throw new Error(`${page} has no table below "${heading}"`);
  return rows.slice(1).map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

/** The code spans of a cell. */
export function codes(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');
}
