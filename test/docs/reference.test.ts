import { expect, test } from 'vitest';
import { faultOrder } from '../../sandbox/fault-order.ts';
import { configSchema, knownFields } from '../../src/config/schema.ts';
import { parseDuration } from '../../src/domain/durations.ts';
import { checkExport } from '../../src/domain/export-input.ts';
import {
  DESTINATION_FAILURES,
  destinationFailure,
  FAILURE_TYPES,
} from '../../src/domain/failures.ts';
import { isCounted } from '../../src/domain/schedule-pausing.ts';
import { connectionTypes, EXPORT_TYPES } from '../../src/registry.ts';
import { checkScheduleFile } from '../../src/schedules/schedule-file.ts';
import { codes, headings, prose, read, table } from './pages.ts';

const failures = [
  ...FAILURE_TYPES,
  ...EXPORT_TYPES.destinations.flatMap(({ type }) =>
    DESTINATION_FAILURES.map((failure) => destinationFailure(type, failure)),
  ),
];

test('docs/errors.md has a heading and a row for each type of failure, and no others', () => {
  const titles = headings('docs/errors.md', 2).filter((title) => title !== 'Warnings');
  expect(titles.toSorted()).toEqual(failures.toSorted());
  const rows = table('docs/errors.md', 'Failures and warnings').map(([type]) => codes(type)[0]);
  expect(rows).toEqual(titles);
});

test('docs/schedules.md names the failures that pause a schedule', () => {
  const [, section = ''] = prose('docs/schedules.md').split('## Failures that pause a schedule\n');
  const [named = ''] = section.split(' come again');
  expect(codes(named).sort()).toEqual(failures.filter(isCounted).sort());
});

/** A default as a table has it; `null` where a field is optional and has none. */
function shownDefault(cell = ''): string | number | null {
  const last = codes(cell).at(-1);
  if (last !== undefined) return last;
  return /^\d+$/.test(cell) ? Number(cell) : null;
}

const SMALLEST: Record<string, Record<string, unknown>> = {
  braze: { restEndpoint: 'https://rest.iad-01.braze.com', dataImportKey: 'k' },
  treasureData: { apiKey: 'k' },
  duckdb: { directory: '.' },
  staging: { directory: '.' },
  worker: {},
  notifications: { webhookUrl: 'https://example.com' },
};
const types = connectionTypes(EXPORT_TYPES);
const fieldsAt = knownFields(types);
const sections = fieldsAt([]);

test('the sections of the configuration are known to these tests', () => {
  expect(Object.keys(SMALLEST).sort()).toEqual([...sections].sort());
});

/** What a worker makes of a section, which is given a name where it is of a connection. */
function configure(section: string, fields: object): { ok: boolean; result: unknown } {
  const type = types.find((each) => each.type === section);
  const value = type === undefined ? fields : { main: fields };
  const file = { staging: SMALLEST.staging, [section]: value };
  const { success, data, error } = configSchema(types).safeParse(file);
  if (!success) return { ok: false, result: error.issues };
  if (type === undefined) return { ok: true, result: data };
  const proxy = { httpProxy: null, httpsProxy: null, noProxy: null };
  const { main } = (data as Record<string, unknown>)[section] as { main: object };
  const context = { name: 'main', baseDirectory: '/', proxy };
  return { ok: true, result: type.connection(main, context) };
}

test.each(sections)('docs/configuration.md has the fields and defaults of %s', (section) => {
  const rows = table('docs/configuration.md', section);
  const keys = rows.map(([key]) => codes(key)[0] ?? '');
  expect(keys.toSorted()).toEqual(fieldsAt([section]).toSorted());

  const smallest = SMALLEST[section] ?? {};
  const withoutIt = configure(section, smallest);
  expect(withoutIt).toMatchObject({ ok: true });
  for (const [key = '', , shown] of rows) {
    const [name = ''] = codes(key);
    const { [name]: _, ...others } = smallest;
    const isRequired = !configure(section, others).ok;
    expect([name, shown === 'required']).toEqual([name, isRequired]);
    const value = shownDefault(shown);
    if (isRequired || value === null) continue;
    // Written out, a default changes nothing.
    expect([name, configure(section, { ...smallest, [name]: value })]).toEqual([name, withoutIt]);
  }
});

test('the table of the input in docs/workflow.md has its fields, defaults and what is required', () => {
  const smallest: Record<string, unknown> = {
    source: { type: 'duckdb', query: 'SELECT 1' },
    cohortId: 'id',
    operation: 'APPEND',
  };
  const withDefaults: Record<string, unknown> = { ...requestOf(smallest) };
  const rows = table('docs/workflow.md', 'Input');
  // Nothing is said of the destination while there is only one.
  const { destination: _, ...shown } = withDefaults;
  expect(rows.map(([key]) => codes(key)[0]).sort()).toEqual(Object.keys(shown).sort());
  for (const [key = '', , shown = ''] of rows) {
    const [name = ''] = codes(key);
    expect([name, shown === 'required']).toEqual([name, name in smallest]);
    if (name in smallest) continue;
    const value = shown === 'none' ? [] : shown === 'the `cohortId`' ? 'id' : literal(shown);
    const read = name === 'pauseTimeout' ? parseDuration(String(value)) : value;
    expect([name, withDefaults[name]]).toEqual([name, read]);
  }
});

test('the table of a schedule file in docs/schedules.md has its fields and defaults', () => {
  const smallest = {
    scheduleId: 'id',
    cron: '',
    export: {
      source: { type: 'duckdb', query: 'SELECT 1' },
      cohortId: 'id',
      operation: 'APPEND',
    },
  };
  const { file } = checkScheduleFile(smallest, EXPORT_TYPES);
  const settings: Record<string, unknown> = { ...file?.settings, export: file?.input };
  const rows = table('docs/schedules.md', 'The file');
  expect(rows.map(([key]) => codes(key)[0]).sort()).toEqual(Object.keys(settings).sort());
  for (const [key = '', , shown = ''] of rows) {
    const [name = ''] = codes(key);
    expect([name, shown === 'required']).toEqual([name, name in smallest]);
    if (!(name in smallest)) expect([name, settings[name]]).toEqual([name, literal(shown)]);
  }
});

function requestOf(input: object) {
  const { request, problems } = checkExport(input, EXPORT_TYPES);
  expect(problems).toEqual([]);
  return request;
}

/** A value as a table has it: `main`, `false`, 5. */
function literal(cell: string): unknown {
  const text = codes(cell)[0] ?? cell;
  return /^(?:true|false|\d+)$/.test(text) ? JSON.parse(text) : text;
}

test('docs/sandbox.md has every kind of fault, and what each can hit', () => {
  const kinds = faultOrder.options.map(({ shape }) => shape.kind.value);
  const rows = [...prose('docs/sandbox.md').matchAll(/^\| `(\w+)` .*`\{"kind"/gm)];
  expect(rows.map(([, kind]) => kind).sort()).toEqual(kinds.sort());

  const [, on = ''] = /^\| `on` +\|(.*)$/m.exec(prose('docs/sandbox.md')) ?? [];
  const { options } = faultOrder.options[0].shape.on.unwrap();
  expect(
    codes(on)
      .filter((code) => code !== 'on')
      .sort(),
  ).toEqual([...options].sort());
});

test('docs/architecture.md has the line of a staged request as the module that writes it', () => {
  const line = /`(INDEX [A-Z_ ]+)`/;
  const [, shown] = line.exec(read('docs/architecture.md')) ?? [];
  expect(shown).toBe(line.exec(read('src/staging/staged-line.ts'))?.[1]);
  expect(shown).toContain('PAYLOAD');
});

test('docs/configuration.md names the metrics that a worker counts', () => {
  const own = table('docs/configuration.md', 'Metrics').map(([name]) => codes(name)[0] ?? '');
  const made = read('src/observability/metrics.ts').match(/\bcohort_export_\w+/g);
  expect(own.filter((name) => name.startsWith('cohort_export_'))).toEqual(made);
});
