// `npm run docs-tables`: writes the tables in docs from the schemas in the code.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TABLES, withTables } from './docs/tables.ts';

const docs = join(import.meta.dirname, '../docs');
for (const page of new Set(TABLES.map((table) => table.page))) {
  const file = join(docs, page);
  const text = readFileSync(file, 'utf8');
  const updated = withTables(page, text);
  if (updated === text) continue;
  writeFileSync(file, updated);
  console.log(`${page} was updated`);
}
