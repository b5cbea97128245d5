import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Script } from '../src/command-line/command.ts';
import { runScript } from '../src/command-line/script.ts';
import { TABLES, withTables } from './docs/tables.ts';

const DOCS_TABLES: Script = {
  call: 'npm run docs-tables',
  operands: null,
  options: [],
  flags: [],
  summary: 'Writes the tables of fields in docs from the schemas in the code.',
};

function main(): number {
  const docs = join(import.meta.dirname, '../docs');
  for (const page of new Set(TABLES.map((table) => table.page))) {
    const file = join(docs, page);
    const text = readFileSync(file, 'utf8');
    const updated = withTables(page, text);
    if (updated === text) continue;
    writeFileSync(file, updated);
    console.log(`${page} was updated`);
  }
  return 0;
}

process.exitCode = await runScript(DOCS_TABLES, process.argv.slice(2), main);
