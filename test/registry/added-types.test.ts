import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { checkExport, type ExportTypes } from '../../src/domain/export-input.ts';
import { problemText } from '../../src/domain/problems.ts';
import { connectionTypes, EXPORT_TYPES } from '../../src/registry.ts';
import { readScheduleFile } from '../../src/schedules/read-schedule-file.ts';
import { emptyFolder } from '../support/folders.ts';
import { MORE_TYPES } from './added-types.ts';

const source = { type: 'jsonFiles', file: 'members.jsonl' };
const duckdb = { type: 'duckdb', query: "FROM 'members.csv'" };
const minimal = { source, cohortId: 'vip', operation: 'APPEND' };

function problemsOf(input: object, types: ExportTypes = MORE_TYPES): string[] {
  return checkExport({ ...minimal, ...input }, types).problems.map(problemText);
}

describe('the input of an export', () => {
  it('defaults to the first destination, and to the connection of each', () => {
    const names = (input: object) => {
      const { destination, connection } = checkExport({ ...minimal, ...input }, MORE_TYPES)
        .request ?? { destination: null, connection: null };
      return [destination, connection];
    };
    expect(names({})).toEqual(['braze', 'main']);
    expect(names({ destination: 'braze' })).toEqual(['braze', 'main']);
    expect(names({ destination: 'ledger' })).toEqual(['ledger', 'books']);
    expect(names({ destination: 'ledger', connection: 'main' })).toEqual(['ledger', 'main']);
  });

  it('has the field `destination` only where there is a choice', () => {
    const named = { source: duckdb, destination: 'braze' };
    expect(problemsOf(named)).toEqual([]);
    expect(problemsOf(named, EXPORT_TYPES)).toEqual(['destination: unknown field']);
  });

  it.each([
    [{ destination: 'ledgr' }, 'destination: must be "braze" or "ledger" (did you mean "ledger"?)'],
    [{ source: { type: 'json' } }, 'source.type: must be "duckdb", "treasureData" or "jsonFiles"'],
    [{ source: { ...source, file: '../x' } }, 'source.file: must be a name in .jsonl'],
    [
      { source: { ...source, times: 0 } },
      'source.times: must be an integer from 1 to 1000000000, but is 0',
    ],
    [{ source: { type: 'jsonFiles' } }, 'source.file: must be the name of a file, but is missing'],
  ])('says what is wrong with %j', (input, problem) => {
    expect(problemsOf(input)).toEqual([problem]);
  });

  it('has no source that is not registered', () => {
    expect(problemsOf({}, EXPORT_TYPES)).toContain(
      'source.type: must be "duckdb" or "treasureData"',
    );
  });
});

const SECTIONS = `jsonFiles: { files: { folder: ./tables } }
ledger: { books: { address: 'https://ledger.example.com', token: t } }
staging: { directory: ./staging }
`;

/** A folder with a configuration and what else a test needs. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = emptyFolder();
  mkdirSync(join(folder, 'tables'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('the configuration', () => {
  it('has a section for each type', () => {
    const folder = folderWith({ 'cohort-export.yaml': SECTIONS });
    const { connections } = loadConfig({}, folder, connectionTypes(MORE_TYPES));
    expect(connections.jsonFiles?.files).toEqual({ folder: join(folder, 'tables') });
    expect(connections.ledger?.books).toMatchObject({
      origin: 'https://ledger.example.com',
      patienceMs: 3_600_000,
    });
    expect(() => loadConfig({}, folder, connectionTypes(EXPORT_TYPES))).toThrow(
      'ledger: unknown field',
    );
  });

  it('reports the problems of all sections at once', () => {
    const broken = SECTIONS.replace('https://ledger.example.com', 'http://ledger.example.com');
    const folder = folderWith({ 'cohort-export.yaml': broken.replace('folder:', 'foldr:') });
    const load = () => loadConfig({}, folder, connectionTypes(MORE_TYPES));
    expect(load).toThrow('jsonFiles.files.foldr: unknown field (did you mean "folder"?)');
    expect(load).toThrow('ledger.books.address: must be an https URL');
  });
});

describe('a schedule', () => {
  it('is checked against the connections of each type', () => {
    const schedule = (connection: string) => `scheduleId: daily
cron: "0 3 * * *"
export:
  source: { type: jsonFiles, file: members.jsonl }
  destination: ledger
  connection: ${connection}
  cohortId: vip
  operation: APPEND
`;
    const folder = folderWith({
      'cohort-export.yaml': SECTIONS,
      'right.yaml': schedule('books'),
      'wrong.yaml': schedule('boks'),
    });
    const read = (name: string) => readScheduleFile(name, {}, folder, MORE_TYPES);
    expect(read('right.yaml').file.request.destination).toBe('ledger');
    expect(() => read('wrong.yaml')).toThrow(
      'has no connection "boks" under ledger (did you mean "books"?)',
    );
  });
});
