import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TABLES, withTables } from '../../scripts/docs/tables.ts';

const docs = join(import.meta.dirname, '../../docs');
const pages = [...new Set(TABLES.map(({ page }) => page))];

it.each(pages)('the tables of docs/%s are those of the code: npm run docs-tables', (page) => {
  const text = readFileSync(join(docs, page), 'utf8');
  expect(text).toBe(withTables(page, text));
});

it('a table without a place in its page is an error', () => {
  expect(() => withTables('configuration.md', '# nothing')).toThrow(
    'has no placeholder for the table',
  );
});
