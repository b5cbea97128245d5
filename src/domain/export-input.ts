import { z } from 'zod';
import { ExportError } from './failures.ts';
import { describeProblems, unknownField } from './problems.ts';

/** Temporal's ids end at 1,000 bytes, and the cohort's queue has the cohort id in its own. */
const COHORT_ID_MAX_BYTES = 500;
/** As in Treasure Data; Temporal's own limit, 2 MiB for all of an input, is not far above. */
const QUERY_MAX_CHARACTERS = 1_000_000;
/** A hundred years: beyond it a typing error, and soon beyond what a date can hold. */
const DELAY_MAX_SECONDS = 3_153_600_000;
const ENGINES = ['trino', 'presto', 'hive'] as const;
const SOURCE_TYPES = ['duckdb', 'treasureData'] as const;
const OPERATIONS = ['APPEND', 'REMOVE'] as const;

const got = (value: unknown): string => {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is null';
  if (typeof value === 'number' || typeof value === 'boolean') return `is ${value}`;
  return `is ${Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`}`;
};
const must = (what: string) => ({
  error: ({ input }: { readonly input?: unknown }) =>
    `must be ${what}, ${typeof input === 'string' ? 'not this text' : `but ${got(input)}`}`,
});

const text = (what = 'a non-empty string') =>
  z.string(must(what)).refine((value) => value.trim() !== '', `must be ${what}, but is empty`);
const integer = (from: number, to: number) =>
  z
    .int(must(`an integer from ${from} to ${to}`))
    .min(from, must(`an integer from ${from} to ${to}`))
    .max(to, must(`an integer from ${from} to ${to}`));
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, must(`one of ${values.map((value) => `"${value}"`).join(', ')}`));

const duckdb = z.strictObject({
  type: z.literal('duckdb'),
  connection: text().default('local'),
  query: text('a non-empty SQL statement').refine(
    (query) => query.length <= QUERY_MAX_CHARACTERS,
    `must have at most ${QUERY_MAX_CHARACTERS} characters; put long lists into a file and join it`,
  ),
});
const treasureDataQuery = z.strictObject({
  type: z.literal('treasureData'),
  connection: text().default('main'),
  database: text(),
  engine: oneOf(ENGINES),
  query: text('a non-empty SQL statement').refine(
    (query) => query.length <= QUERY_MAX_CHARACTERS,
    `must have at most ${QUERY_MAX_CHARACTERS} characters`,
  ),
  priority: integer(-2, 2).optional(),
  retryLimit: integer(0, 32).optional(),
  poolName: text().optional(),
  engineVersion: text().optional(),
});
const treasureDataJob = z.strictObject({
  type: z.literal('treasureData'),
  connection: text().default('main'),
  jobId: z
    .string(must('a job id, as a string of digits'))
    .regex(/^\d+$/, 'must be a job id, as a string of digits'),
});
const treasureDataSavedQuery = z.strictObject({
  type: z.literal('treasureData'),
  connection: text().default('main'),
  savedQuery: text('the name of a saved query'),
});

const TREASURE_DATA_FORMS = [treasureDataQuery, treasureDataJob, treasureDataSavedQuery] as const;

export type DuckdbSource = z.infer<typeof duckdb>;
export type TreasureDataSource = z.infer<
  typeof treasureDataQuery | typeof treasureDataJob | typeof treasureDataSavedQuery
>;
export type SourceSpec = DuckdbSource | TreasureDataSource;

const aliasName = text('the name of a column').refine(
  (name) => name !== 'user_ids' && name !== 'device_ids',
  'must not be user_ids or device_ids: those columns are sent under their own kind',
);
const aliases = z
  .union(
    [z.string(), z.array(z.unknown())],
    must('names of columns, as "email, phone" or ["email", "phone"]'),
  )
  .transform((value) => {
    if (typeof value !== 'string') return value;
    return value.trim() === '' ? [] : value.split(',').map((name) => name.trim());
  })
  .pipe(z.array(aliasName))
  .refine((names) => new Set(names).size === names.length, 'must name each column once');

const envelope = z.strictObject({
  source: z.unknown().optional(),
  connection: text().default('main'),
  cohortId: text().refine(
    (id) => new TextEncoder().encode(id).length <= COHORT_ID_MAX_BYTES,
    `must have at most ${COHORT_ID_MAX_BYTES} bytes`,
  ),
  cohortName: text().optional(),
  operation: oneOf(OPERATIONS),
  aliases: aliases.default([]),
  threadCount: integer(1, 10).default(5),
  skipOnInvalidRecord: z.boolean(must('true or false')).default(false),
  delaySeconds: integer(0, DELAY_MAX_SECONDS).default(0),
});

/** An export whose input was checked, with every default filled in. */
export interface ExportRequest {
  readonly source: SourceSpec;
  readonly connection: string;
  readonly cohortId: string;
  readonly cohortName: string;
  readonly operation: 'APPEND' | 'REMOVE';
  readonly aliases: readonly string[];
  /** Requests in flight at once, over all workers. */
  readonly threadCount: number;
  readonly skipOnInvalidRecord: boolean;
  readonly delaySeconds: number;
}

/**
 * Checks the workflow's arguments.
 * @throws ExportError `InvalidExport`, with every problem and its path.
 */
export function parseExport(args: readonly unknown[]): ExportRequest {
  const [input] = args;
  if (args.length !== 1 || typeof input !== 'object' || input === null || Array.isArray(input)) {
    const given = args.length === 1 ? got(input) : `there are ${args.length}`;
    throw invalid([
      `(top level): an export takes one JSON object as its argument, but ${args.length === 1 ? `this ${given}` : given}`,
    ]);
  }
  const problems: string[] = [];
  const fields = envelope.safeParse(input);
  if (!fields.success)
    problems.push(...describeProblems(fields.error, () => Object.keys(envelope.shape)));
  const source = parseSource((input as { source?: unknown }).source, problems);
  if (!fields.success || source === undefined || problems.length > 0) throw invalid(problems);
  return { ...fields.data, source, cohortName: fields.data.cohortName ?? fields.data.cohortId };
}

function parseSource(source: unknown, problems: string[]): SourceSpec | undefined {
  const schema = sourceSchema(source);
  if (Array.isArray(schema)) {
    problems.push(...schema);
    return undefined;
  }
  const parsed = schema.safeParse(source);
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape);
  problems.push(
    ...describeProblems(parsed.error, () => known).map((problem) => `source.${problem}`),
  );
  return undefined;
}

/** The form of source that was meant, or all that is wrong where none can be told. */
function sourceSchema(source: unknown) {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) {
    return [
      `source: must be an object such as {"type": "duckdb", "query": "…"}, but ${got(source)}`,
    ];
  }
  const { type } = source as { type?: unknown };
  if (type === 'duckdb') return duckdb;
  if (type === 'treasureData') {
    const forms = (['query', 'jobId', 'savedQuery'] as const).filter((key) => key in source);
    if (forms.length !== 1) {
      return [
        `source: must have exactly one of "query", "jobId" and "savedQuery", but has ${forms.length === 0 ? 'none' : forms.map((form) => `"${form}"`).join(' and ')}`,
        ...unknownFields(source, TREASURE_DATA_FORMS),
      ];
    }
    return { query: treasureDataQuery, jobId: treasureDataJob, savedQuery: treasureDataSavedQuery }[
      forms[0] as 'query'
    ];
  }
  return [
    `source.type: must be one of ${SOURCE_TYPES.map((name) => `"${name}"`).join(', ')}, ${typeof type === 'string' ? 'not this text' : `but ${got(type)}`}`,
    ...unknownFields(source, [duckdb, ...TREASURE_DATA_FORMS]),
  ];
}

/** The fields that no form has. */
function unknownFields(
  source: object,
  forms: readonly { readonly shape: object }[],
): readonly string[] {
  const known = new Set(forms.flatMap(({ shape }) => Object.keys(shape)));
  return Object.keys(source)
    .filter((key) => !known.has(key))
    .map((key) => unknownField(['source', key], known));
}

function invalid(problems: readonly string[]): ExportError {
  const list = problems.length === 1 ? ` ${problems[0]}` : `\n- ${problems.join('\n- ')}`;
  return new ExportError(
    'InvalidExport',
    `The export's input is not valid; nothing was sent.${list}`,
  );
}
