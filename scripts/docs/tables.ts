import type { z } from 'zod';
import { SECTIONS } from '../../src/config/schema.ts';
import { EXPORT_FIELDS } from '../../src/domain/export-input.ts';
import { docsOf } from '../../src/domain/field-docs.ts';
import type { SourceType } from '../../src/domain/source-port.ts';
import { connectionTypes, EXPORT_TYPES } from '../../src/registry.ts';
import { S3_SECTION } from '../../src/staging/s3/section.ts';

/** A table that stands in a page between `<!-- table: NAME -->` and `<!-- end -->`. */
export interface DocsTable {
  readonly page: string;
  readonly name: string;
  readonly markdown: string;
}

type Shape = Readonly<Record<string, z.ZodType>>;

/** What the fields are called in Treasure Data's dialogs. */
const TREASURE_DATA_NAMES: Readonly<Record<string, string>> = {
  source: 'the query',
  connection: 'Authentication',
  cohortId: 'Cohort ID',
  cohortName: 'Cohort Name',
  operation: 'Operation',
  aliases: 'Aliases',
  threadCount: 'Thread Count',
  skipOnInvalidRecord: 'Skip on Invalid Record',
  delaySeconds: 'Delay execution',
};

export const TABLES: readonly DocsTable[] = [
  ...connectionTypes(EXPORT_TYPES).map(({ type, section }) => ({
    page: 'configuration.md',
    name: type,
    markdown: fieldTable('key', section.fields.shape),
  })),
  ...Object.entries(SECTIONS).map(([name, section]) => ({
    page: 'configuration.md',
    name,
    markdown: fieldTable('key', section.shape),
  })),
  { page: 'configuration.md', name: 's3', markdown: fieldTable('key', S3_SECTION.shape) },
  { page: 'workflow.md', name: 'input', markdown: inputTable() },
  { page: 'workflow.md', name: 'sources', markdown: EXPORT_TYPES.sources.map(forms).join('\n\n') },
];

/** The page, with its tables as they should be. @throws Error where one has no place in it */
export function withTables(page: string, text: string): string {
  return TABLES.filter((table) => table.page === page).reduce((updated, { name, markdown }) => {
    const place = new RegExp(`(<!-- table: ${name} -->\n)[^]*?(\n<!-- end -->)`);
    if (!place.test(updated))
      throw new Error(`docs/${page} has no placeholder for the table "${name}"`);
    return updated.replace(place, (_, start, end) => `${start}\n${markdown}\n${end}`);
  }, text);
}

function inputTable(): string {
  const rows = Object.entries(EXPORT_FIELDS).map(([name, schema]) => {
    const { type, standard, meaning } = describe(schema);
    return [`\`${name}\``, type, standard, TREASURE_DATA_NAMES[name] ?? '–', meaning];
  });
  return table(['field', 'type', 'default', 'in Treasure Data', 'meaning'], rows);
}

function forms({ type, input, defaultConnection }: SourceType): string {
  return Object.values(input.forms)
    .map((form) => {
      const shape = Object.entries(form.shape).filter(
        ([name]) => docsOf(form.shape[name]) !== null,
      );
      const rows = [
        ['`type`', `\`"${type}"\``, 'required', ''],
        ...fieldRows(Object.fromEntries(shape)),
        [
          '`connection`',
          'string',
          `\`${defaultConnection}\``,
          `a name under \`${type}\` in the [configuration](configuration.md#${type.toLowerCase()})`,
        ],
      ];
      const title = `**\`${type}\`: ${form.description}**`;
      return `${title}\n\n${table(['field', 'type', 'default', 'meaning'], rows)}`;
    })
    .join('\n\n');
}

function fieldTable(first: string, shape: Shape): string {
  return table([first, 'type', 'default', 'meaning'], fieldRows(shape));
}

function fieldRows(shape: Shape): string[][] {
  return Object.entries(shape).map(([name, schema]) => {
    const { type, standard, meaning } = describe(schema);
    return [`\`${name}\``, type, standard, meaning];
  });
}

/** @throws Error for a field that the code does not document */
function describe(schema: z.ZodType) {
  const docs = docsOf(schema);
  if (docs === null) throw new Error('a field has no documentation: use documented()');
  return { type: docs.type, standard: docs.default ?? standardOf(schema), meaning: docs.meaning };
}

function standardOf(schema: z.ZodType): string {
  const { type, defaultValue } = schema.def as { type: string; defaultValue?: unknown };
  if (type === 'default' || type === 'prefault') return `\`${String(defaultValue)}\``;
  return type === 'optional' ? '–' : 'required';
}

/** Markdown as Prettier lays it out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
