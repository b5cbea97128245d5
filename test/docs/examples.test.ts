import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { faultOrder } from '../../sandbox/fault-order.ts';
import { configSchema } from '../../src/config/schema.ts';
import { checkExport } from '../../src/domain/export-input.ts';
import { connectionTypes, EXPORT_TYPES } from '../../src/registry.ts';
import { checkScheduleFile } from '../../src/schedules/schedule-file.ts';
import { blocks, pages, prose } from './pages.ts';

const configuration = configSchema(connectionTypes(EXPORT_TYPES));
const examples = pages().flatMap((page) =>
  blocks(page)
    .filter(({ language }) => ['json', 'yaml', 'yml'].includes(language))
    .map((block) => ({ ...block, at: `${page}:${block.line}` })),
);

test('there are examples of every kind of input', () => {
  const kinds = examples.map(({ text, language }) => kindOf(parsed(text, language)));
  expect(new Set(kinds)).toEqual(new Set(['configuration', 'schedule', 'export', 'other']));
});

test.each(examples)('the $language of $at is what it looks like', ({ text, language }) => {
  const value = parsed(text, language);
  switch (kindOf(value)) {
    case 'configuration':
      expect(configuration.safeParse(value).error?.issues).toBeUndefined();
      break;
    case 'schedule':
      expect(checkScheduleFile(value, EXPORT_TYPES).problems).toEqual([]);
      break;
    case 'export':
      expect(checkExport(value, EXPORT_TYPES).problems).toEqual([]);
      break;
    default:
      expect(value).toBeTypeOf('object');
  }
});

test('every fault in docs/sandbox.md can be ordered, and is of the kind of its row', () => {
  const rows = prose('docs/sandbox.md').matchAll(
    /^\| `(?<kind>\w+)` .*?`(?<fault>\{"kind".*?\})`/gm,
  );
  const shown = [...rows].map(({ groups }) => ({ ...groups }) as { kind: string; fault: string });
  expect(shown.length).toBeGreaterThan(5);
  for (const { kind, fault } of shown) {
    expect({ fault, ...faultOrder.parse(JSON.parse(fault)) }).toMatchObject({ fault, kind });
  }
});

function parsed(text: string, language: string): unknown {
  return language === 'json' ? JSON.parse(text) : parse(text);
}

function kindOf(value: unknown): 'configuration' | 'schedule' | 'export' | 'other' {
  if (typeof value !== 'object' || value === null) return 'other';
  if ('staging' in value) return 'configuration';
  if ('scheduleId' in value) return 'schedule';
  return 'source' in value && 'operation' in value ? 'export' : 'other';
}
