import { existsSync, globSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from '../support/folders.ts';
import { anchors, codeSpans, codes, pages, prose, read, table } from './pages.ts';

const exists = (path: string) => existsSync(join(repository, path));

/** Where a page links to within the repository: pictures and links, inline or by reference. */
function links(page: string): string[] {
  const text = prose(page).replace(/`[^`\n]*`/g, '');
  const inline = /\]\(<?(?<target>[^\s)>]+)>?(?: "[^"]*")?\)/g;
  const reference = /^ *\[[^\]]+\]: *<?(?<target>[^\s>]+)>?/gm;
  const html = /\b(?:href|src)="(?<target>[^"]+)"/g;
  return [inline, reference, html]
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map(({ groups }) => groups?.target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Of those, the ones that lead nowhere. */
function broken(page: string): string[] {
  return links(page).filter((link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : posix.join(posix.dirname(page), path);
    if (!exists(target)) return true;
    return anchor !== undefined && !anchors(target).has(anchor);
  });
}

test.each(pages())('the links of %s lead somewhere', (page) => {
  expect(broken(page)).toEqual([]);
});

test('every page can be reached from the README', () => {
  const reached = new Set<string>();
  const follow = (page: string): void => {
    if (reached.has(page)) return;
    reached.add(page);
    for (const link of links(page)) {
      const target = posix.join(posix.dirname(page), link.replace(/#.*/, ''));
      if (target.endsWith('.md')) follow(target);
    }
  };
  follow('README.md');
  expect(pages().filter((page) => !reached.has(page))).toEqual([]);
});

/** `src/activities/*.ts`, `scripts/setup*`, `docs/images`. */
const IN_THE_REPOSITORY = /^(?:docs|sandbox|scripts|src|test)(?:\/[\w.*-]+)*\/?$/;
/** `domain/retry.ts`, of a page that leaves `src` out. */
const A_MODULE = /^(?:[\w-]+\/)+[\w.*-]+\.ts$/;

test.each(pages())('the files that %s names are there', (page) => {
  const folders = ['.', posix.dirname(page), 'src'].map((folder) => join(repository, folder));
  const isThere = (path: string) => folders.some((cwd) => globSync(path, { cwd }).length > 0);
  const named = codeSpans(page).filter(
    (code) => IN_THE_REPOSITORY.test(code) || A_MODULE.test(code),
  );
  expect(named.filter((path) => !isThere(path))).toEqual([]);
});

test('docs/architecture.md says what every folder of `src` is for', () => {
  const named = table('docs/architecture.md', 'Folders').flatMap(([folder]) => codes(folder));
  const folders = globSync('src/*/', { cwd: repository }).map((path) => posix.normalize(path));
  expect(named).toEqual(expect.arrayContaining(folders));
});

test('the pages that the code names exist', () => {
  const sources = globSync('{sandbox,scripts,src,test}/**/*.{ts,mjs,js}', { cwd: repository });
  const missing = sources.flatMap((source) =>
    [...read(source).matchAll(/\bdocs\/[\w-]+\.md(?:#[\w-]+)?/g)]
      .filter(([mention]) => {
        const [page = '', anchor] = mention.split('#');
        return !exists(page) || (anchor !== undefined && !anchors(page).has(anchor));
      })
      .map(([mention]) => `${source}: ${mention}`),
  );
  expect(missing).toEqual([]);
});

describe('npm scripts', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  test.each(pages())('those that %s calls exist', (page) => {
    const called = [...read(page).matchAll(/\bnpm (?:run )?(?:--silent )?(?<name>[a-z][a-z:-]*)/g)]
      .map(({ groups }) => groups?.name ?? '')
      .filter((name) => !['install', 'ci', 'process', 'registry', 'commands'].includes(name));
    expect(called.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('each is in docs/development.md', () => {
    const page = read('docs/development.md');
    const isDescribed = (name: string) =>
      new RegExp(`^\\| \`npm (?:run )?${name}[ \`]`, 'm').test(page);
    expect(Object.keys(scripts).filter((name) => !isDescribed(name))).toEqual([]);
  });
});
