import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from '../support/folders.ts';
import { table } from './pages.ts';

/** A link to a test: its file, relative to the page, and the name of the test. */
const TEST = /\]\(\.\.\/(?<file>test\/[\w/-]+\.test\.ts) "(?<title>[^"]+)"\)/g;

const [groups, faults] = ['true', 'false'].map((isGroup) =>
  table('docs/guarantees.md', 'Faults').filter(
    ([name = '']) => String(/^\*\*.+\*\*$/.test(name)) === isGroup,
  ),
) as [string[][], string[][]];

it('faults are grouped by where they happen', () => {
  const places = ['Braze', 'Source', 'Staging', 'Worker', 'Temporal', 'Clock', 'People'];
  expect(groups.map(([name]) => name?.replaceAll('*', ''))).toEqual([...places, 'All together']);
});

it.each(faults)('the tests of this fault are there: %s', (...cells) => {
  expect(cells).toHaveLength(4);
  expect(cells.filter((cell) => cell === '')).toEqual([]);
  const tests = [...(cells[3] ?? '').matchAll(TEST)].map(({ groups: found }) => found ?? {});
  expect(tests).not.toEqual([]);
  const gone = tests.filter(({ file = '', title = '' }) => {
    return !readFileSync(join(repository, file), 'utf8').includes(title);
  });
  expect(gone).toEqual([]);
});
