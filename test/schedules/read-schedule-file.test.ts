import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CommandError } from '../../src/command-line/output.ts';
import { EXPORT_TYPES } from '../../src/registry.ts';
import { readScheduleFile } from '../../src/schedules/read-schedule-file.ts';
import { emptyFolder } from '../support/folders.ts';

const RIGHT = `scheduleId: vip-daily
cron: "0 3 * * *"
export:
  source: { type: duckdb, query: "SELECT 1 AS user_ids" }
  cohortId: vip
  operation: APPEND
`;

function read(text: string, configuration?: string, environment: Record<string, string> = {}) {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'jobs.yaml'), text);
  if (configuration !== undefined) writeFileSync(join(folder, 'cohort-export.yaml'), configuration);
  return { folder, read: readScheduleFile('jobs.yaml', environment, folder, EXPORT_TYPES) };
}

/** The lines of the refusal. */
function refusal(text: string, configuration?: string): string[] {
  try {
    read(text, configuration);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    expect(error.exitCode).toBe(2);
    return error.message.split('\n');
  }
  throw new Error('the file was accepted');
}

test('fills in the defaults and keeps the export as it was written', () => {
  const { file, names } = read(RIGHT).read;
  expect(file.settings).toEqual({
    scheduleId: 'vip-daily',
    cron: '0 3 * * *',
    timezone: 'UTC',
    overlap: 'skip',
    catchupWindow: '1h',
    pauseAfterFailures: 3,
  });
  expect(file.catchupWindowMs).toBe(3_600_000);
  expect(file.input).toEqual({
    source: { type: 'duckdb', query: 'SELECT 1 AS user_ids' },
    cohortId: 'vip',
    operation: 'APPEND',
  });
  expect(file.request.threadCount).toBe(5);
  expect(names).toBeNull();
});

test('every problem is reported at once, with its line and its path', () => {
  const text = `scheduleId: ""
cron: "0 3 32 13 *"
timezone: Asia/Tokio
overlap: queue
catchupwindow: 1h
catchupWindow: 5s
pauseAfterFailures: -1
export:
  source:
    type: duckdb
    querry: x
  operation: APPEND
  aliases:
    - email
    - 7
`;
  expect(refusal(text)).toEqual([
    'jobs.yaml:1: scheduleId: must not be empty',
    'jobs.yaml:2: cron: day of month "32": 32 is out of range. Allowed: 1–31.',
    '    0 3 32 13 *',
    '        ^^',
    'jobs.yaml:2: cron: month "13": 13 is out of range. Allowed: 1–12 or jan–dec.',
    '    0 3 32 13 *',
    '           ^^',
    'jobs.yaml:3: timezone: "Asia/Tokio" is not the name of a time zone (did you mean "Asia/Tokyo" or "Asia/Tomsk"?).',
    'jobs.yaml:4: overlap: must be skip or bufferOne',
    'jobs.yaml:5: catchupwindow: unknown field (did you mean "catchupWindow"?)',
    "jobs.yaml:6: catchupWindow: must be at least 10s, Temporal's minimum",
    'jobs.yaml:7: pauseAfterFailures: must be a whole number, 0 or more, but is -1',
    'jobs.yaml:8: export.cohortId: must be a non-empty string, but is missing',
    'jobs.yaml:9: export.source.query: must be a non-empty SQL statement, but is missing',
    'jobs.yaml:11: export.source.querry: unknown field (did you mean "query"?)',
    expect.stringMatching(/^jobs\.yaml:15: export\.aliases\[1\]: must be the name of a column/),
  ]);
});

test.each([
  ['', [/^jobs\.yaml:1: \(top level\): must be a mapping with scheduleId, cron and export/]],
  ['- a\n', [/^jobs\.yaml:1: \(top level\): must be a mapping/]],
  [
    'timezone: UTC\n',
    [
      /^jobs\.yaml:1: scheduleId: must be text, but is missing$/,
      /^jobs\.yaml:1: cron: must be text such as "0 3 \* \* \*", or "" .* but is missing$/,
      /^jobs\.yaml:1: export: must be a mapping with source, cohortId and operation, but is missing$/,
    ],
  ],
  [
    RIGHT.replace('APPEND', 'append'),
    [/^jobs\.yaml:6: export\.operation: must be "APPEND" or "REMOVE" \(did you mean "APPEND"\?\)$/],
  ],
  [
    RIGHT.replace('vip-daily', '"a\\u0007b"'),
    [/^jobs\.yaml:1: scheduleId: must contain only printable/],
  ],
  [RIGHT.replace('vip-daily', 'x'.repeat(501)), [/^jobs\.yaml:1: scheduleId: .* 500 bytes$/]],
  [RIGHT.replace('"0 3 * * *"', '15'), [/^jobs\.yaml:2: cron: must be text such as/]],
  [`catchupWindow: 60\n${RIGHT}`, [/^jobs\.yaml:1: catchupWindow: must be a time span such as/]],
  [`catchupWindow: soon\n${RIGHT}`, [/^jobs\.yaml:1: catchupWindow: must be a time span such as/]],
  [`pauseAfterFailures: 1.5\n${RIGHT}`, [/^jobs\.yaml:1: pauseAfterFailures: must be a whole/]],
  [`${RIGHT}scheduleId: again\n`, [/^jobs\.yaml:7: YAML: Map keys must be unique$/]],
  [`${RIGHT}---\n${RIGHT}`, [/^jobs\.yaml:7: YAML: a second document begins here/]],
  [RIGHT.replace('"0 3 * * *"', '@daily'), [/^jobs\.yaml:2: YAML: .*put text .* in quotes$/]],
  [RIGHT.replace('"0 3 * * *"', '*/5 * * * *'), [/^jobs\.yaml:2: YAML: .*put text .* in quotes$/]],
  [RIGHT.replace('vip\n', '*nobody\n'), [/^jobs\.yaml:5: YAML: .*nobody/]],
])('%j is rejected', (text, lines) => {
  const reported = refusal(text).filter((line) => line.startsWith('jobs.yaml:'));
  expect(reported.slice(0, lines.length)).toEqual(lines.map((line) => expect.stringMatching(line)));
});

test('an unquoted cron expression is reported once, though YAML has four problems with it', () => {
  expect(refusal(RIGHT.replace('"0 3 * * *"', '*/5 * * * *'))).toEqual([
    expect.stringMatching(/^jobs\.yaml:2: YAML: Unexpected alias .* in quotes$/),
  ]);
});

test.each([
  ['export:\n', 'is empty'],
  ['', 'is missing'],
])('fields of the export that are not indented under %j', (line, what) => {
  const [head = '', fields = ''] = RIGHT.split('export:\n');
  const text = `${head}catchupwindow: 1h\n${line}${fields.replaceAll(/^ {2}/gm, '')}`;
  expect(
    refusal(text)
      .map((problem) => problem.replace(/^jobs\.yaml:\d+: /, ''))
      .sort(),
  ).toEqual([
    'catchupwindow: unknown field (did you mean "catchupWindow"?)',
    `export: ${what}; indent the fields of the export under it: source, cohortId, operation`,
  ]);
});

test('the marker is under the list item in question', () => {
  const [, shown, mark] = refusal(RIGHT.replace('0 3 * * *', '0 3 * * 1,11,7'));
  expect([shown, mark]).toEqual(['    0 3 * * 1,11,7', '              ^^']);
});

const CONFIGURATION = `
braze:
  main: { restEndpoint: 'https://rest.example.com', dataImportKey: '\${NOT_SET}' }
duckdb:
  local: { directory: ./not-there }
worker: { taskQueue: 'exports-\${TEAM}' }
`;

test('a configuration needs no variable for its names; the task queue needs its own', () => {
  const { read: found, folder } = read(RIGHT, CONFIGURATION, { TEAM: 'crm' });
  expect(found.names).toMatchObject({
    file: join(folder, 'cohort-export.yaml'),
    taskQueue: 'exports-crm',
  });
  expect(() => read(RIGHT, CONFIGURATION)).toThrow(
    /worker\.taskQueue: the environment variable TEAM is not set/,
  );
});

test('unknown connections are reported with all other problems', () => {
  const configuration = `
braze:
  prod: { restEndpoint: 'https://rest.example.com' }
duckdb:
  warehouse: { directory: . }
`;
  const text = RIGHT.replace('type: duckdb', 'type: duckdb, connection: warehuose').replace(
    '"0 3 * * *"',
    '"0 3"',
  );
  const lines = refusal(text, configuration).filter((line) => line.startsWith('jobs.yaml:'));
  expect(lines).toEqual([
    expect.stringMatching(/^jobs\.yaml:2: cron: "0 3": has two fields/),
    expect.stringMatching(
      /^jobs\.yaml:3: export\.connection: .*cohort-export\.yaml has no connection "main" under braze; it has "prod"$/,
    ),
    expect.stringMatching(
      /^jobs\.yaml:4: export\.source\.connection: .* has no connection "warehuose" under duckdb \(did you mean "warehouse"\?\)$/,
    ),
  ]);
});

test('a configuration that cannot be read is rejected without showing its text', () => {
  const broken = "braze:\n  main: { dataImportKey: 'secret-key }\n";
  expect(() => read(RIGHT, broken)).toThrow(/cannot be used:\n- line \d+: invalid YAML/);
  expect(() => read(RIGHT, broken)).not.toThrow(/secret-key/);
});

test('COHORT_EXPORT_CONFIG names the configuration, from the caller on', () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'jobs.yaml'), RIGHT);
  writeFileSync(join(folder, 'other.yaml'), 'braze: { main: {} }\nduckdb: { local: {} }\n');
  const environment = { COHORT_EXPORT_CONFIG: 'other.yaml' };
  const { names } = readScheduleFile('jobs.yaml', environment, folder, EXPORT_TYPES);
  expect(names).toMatchObject({ file: join(folder, 'other.yaml'), taskQueue: null });
});
