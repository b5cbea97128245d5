import { z } from 'zod';
import { type DestinationType, OPERATIONS, type Operation } from './destination-port.ts';
import { ExportError } from './failures.ts';
import { documented } from './field-docs.ts';
import {
  duration,
  integer,
  must,
  mustBeOneOf,
  mustBePrintable,
  oneOf,
  text,
  whatStandsThere,
} from './input-checks.ts';
import {
  below,
  isMapping,
  type Problem,
  problemsOf,
  problemText,
  unknownField,
} from './problems.ts';
import type { SourceSpec, SourceType } from './source-port.ts';

/** Temporal's ids end at 1,000 bytes, and the id of the cohort's lock holds the cohort id. */
const COHORT_ID_MAX_BYTES = 500;
/** What an export does when the destination refuses its key after something was accepted. */
const ON_UNAUTHORIZED = ['fail', 'pause'] as const;
/** A hundred years: more is a typing error, and soon more than a date can hold. */
const DELAY_MAX_SECONDS = 3_153_600_000;

/** An export whose input was checked, with every default filled in. */
export interface ExportRequest {
  readonly source: SourceSpec;
  /** The type of the destination. */
  readonly destination: string;
  readonly connection: string;
  readonly cohortId: string;
  readonly cohortName: string;
  readonly operation: Operation;
  readonly aliases: readonly string[];
  /** Requests in flight at once, over all workers. */
  readonly threadCount: number;
  readonly skipOnInvalidRecord: boolean;
  readonly delaySeconds: number;
  readonly onUnauthorized: (typeof ON_UNAUTHORIZED)[number];
  /** How long it stays paused before it fails, in milliseconds. */
  readonly pauseTimeout: number;
}

/** An export whose query has been run: without the query, which may be large. */
export type SentRequest = Omit<ExportRequest, 'source'>;

/** What an export can name. */
export interface ExportTypes {
  readonly sources: readonly SourceType[];
  /** The first is the destination of an export that names none. */
  readonly destinations: readonly DestinationType[];
}

export type CheckedExport =
  | { readonly request: ExportRequest; readonly problems: readonly [] }
  | { readonly request: null; readonly problems: readonly Problem[] };

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

const cohortId = text()
  .superRefine(mustBePrintable)
  .refine(
    (id) => new TextEncoder().encode(id).length <= COHORT_ID_MAX_BYTES,
    `must have at most ${COHORT_ID_MAX_BYTES} bytes`,
  );

/** How long a pause lasts where an export does not say. */
export const DEFAULT_PAUSE_TIMEOUT = '72h';

/** The fields of an export, with what docs/workflow.md says about them. */
export const EXPORT_FIELDS = {
  source: documented(z.unknown().optional(), {
    type: 'object',
    default: 'required',
    meaning: 'where the rows come from, [below](#sources)',
  }),
  connection: documented(text().optional(), {
    type: 'string',
    default: '`main`',
    meaning: "a name under `braze` in the worker's [configuration](configuration.md#braze)",
  }),
  cohortId: documented(cohortId, {
    type: `string, at most ${COHORT_ID_MAX_BYTES} bytes`,
    meaning: 'the id of the cohort',
  }),
  cohortName: documented(text().superRefine(mustBePrintable).optional(), {
    type: 'string',
    default: 'the `cohortId`',
    meaning:
      'the name of the cohort. Every export sets it: if you leave it out, the cohort is renamed to its id',
  }),
  operation: documented(oneOf(OPERATIONS), {
    type: OPERATIONS.map((operation) => `\`${operation}\``).join(' or '),
    meaning: 'whether to add the identifiers to the cohort or remove them',
  }),
  aliases: documented(aliases.default([]), {
    type: '`"email, phone"` or `["email", "phone"]`',
    default: 'none',
    meaning: 'columns to send as user aliases',
  }),
  threadCount: documented(integer(1, 10).default(5), {
    type: 'integer 1–10',
    meaning: 'how many requests are in flight at once, over all workers',
  }),
  skipOnInvalidRecord: documented(z.boolean(must('true or false')).default(false), {
    type: 'boolean',
    meaning:
      'skip invalid rows, and identifiers that Braze refuses, and send the rest, instead of failing the export',
  }),
  delaySeconds: documented(integer(0, DELAY_MAX_SECONDS).default(0), {
    type: 'integer ≥ 0',
    meaning: 'how long after the scheduled time the export starts',
  }),
  onUnauthorized: documented(oneOf(ON_UNAUTHORIZED).default('fail'), {
    type: ON_UNAUTHORIZED.map((way) => `\`"${way}"\``).join(' or '),
    meaning:
      'what the export does when Braze refuses its key after some requests were accepted: fail, or [pause](#pause-and-resume) until it is resumed',
  }),
  pauseTimeout: documented(duration().prefault(DEFAULT_PAUSE_TIMEOUT), {
    type: 'time span, such as `30m` or `72h`',
    meaning: 'how long a paused export waits to be resumed before it fails',
  }),
};

/** Checks the value that describes an export; every problem is reported. */
export function checkExport(input: unknown, types: ExportTypes): CheckedExport {
  if (!isMapping(input)) {
    const message = `an export takes one JSON object, but this ${whatStandsThere(input)}`;
    return { request: null, problems: [{ path: [], message }] };
  }
  const envelope = z.strictObject({ ...EXPORT_FIELDS, ...destinationField(types.destinations) });
  const checked = envelope.safeParse(input);
  const source = checkSource(input.source, types.sources);
  const problems = [
    ...(checked.success ? [] : problemsOf(checked.error, () => Object.keys(envelope.shape))),
    ...below(['source'], source.problems),
  ];
  if (!checked.success || source.spec === null || problems.length > 0) {
    return { request: null, problems };
  }
  const { destination, connection, ...rest } = checked.data;
  const type = destinationNamed(destination, types.destinations);
  return {
    request: {
      ...rest,
      source: source.spec,
      destination: type.type,
      connection: connection ?? type.defaultConnection,
      cohortName: rest.cohortName ?? rest.cohortId,
    },
    problems: [],
  };
}

/**
 * Checks the arguments of the workflow.
 * @throws ExportError `InvalidExport`, with every problem and its path.
 */
export function requireExport(args: readonly unknown[], types: ExportTypes): ExportRequest {
  if (args.length !== 1) {
    const message = `an export takes one JSON object as its argument, but was started with ${args.length || 'no'} arguments`;
    throw invalid([{ path: [], message }]);
  }
  const { request, problems } = checkExport(args[0], types);
  if (request === null) throw invalid(problems);
  return request;
}

/** Only if there is a choice. */
function destinationField(destinations: readonly DestinationType[]) {
  const names = destinations.map(({ type }) => type);
  const [first, ...others] = names;
  return {
    ...(first === undefined || others.length === 0
      ? {}
      : { destination: oneOf([first, ...others]).optional() }),
  } as { destination: z.ZodOptional<z.ZodEnum> };
}

/** The destination of an export that names this one, or none. */
export function destinationNamed(
  name: unknown,
  destinations: readonly DestinationType[],
): DestinationType {
  const found = destinations.find(({ type }) => type === name) ?? destinations[0];
  if (found === undefined) throw new Error('no destination types are registered');
  return found;
}

type CheckedSource =
  | { readonly spec: SourceSpec; readonly problems: readonly [] }
  | { readonly spec: null; readonly problems: readonly Problem[] };

function checkSource(source: unknown, types: readonly SourceType[]): CheckedSource {
  const refused = (...problems: Problem[]) => ({ spec: null, problems });
  if (!isMapping(source)) {
    const example = types[0]?.input.example;
    const message = `must be an object such as ${example}, but ${whatStandsThere(source)}`;
    return refused({ path: [], message });
  }
  const type = types.find((each) => each.type === source.type);
  if (type === undefined) {
    const names = types.map((each) => each.type);
    const message = mustBeOneOf(names, source.type);
    return refused({ path: ['type'], message }, ...unknownFields(source, types));
  }
  const { forms } = type.input;
  const [form, ...more] = Object.keys(forms).filter((key) => key in source);
  const only = Object.keys(forms).length === 1 ? Object.keys(forms)[0] : undefined;
  const schema = forms[form ?? only ?? ''];
  if (schema === undefined || more.length > 0) {
    const found = [form, ...more].filter((key) => key !== undefined);
    const choices = Object.keys(forms).map(inQuotes).join(', ');
    const message = `must have exactly one of ${choices}, but has ${listed(found)}`;
    return refused({ path: [], message }, ...unknownFields(source, [type]));
  }
  const checked = schema.safeParse({ connection: type.defaultConnection, ...source });
  if (checked.success) return { spec: checked.data as unknown as SourceSpec, problems: [] };
  return refused(...problemsOf(checked.error, () => Object.keys(schema.shape)));
}

/** The fields that no form has. */
function unknownFields(source: object, types: readonly SourceType[]): Problem[] {
  const forms = types.flatMap(({ input }) => Object.values(input.forms));
  const known = new Set(forms.flatMap(({ shape }) => Object.keys(shape)));
  return Object.keys(source)
    .filter((key) => !known.has(key))
    .map((key) => unknownField([key], known));
}

/** `"query", "jobId" and "savedQuery"`, or `none` */
function listed(names: readonly string[]): string {
  const quoted = names.map(inQuotes);
  if (quoted.length < 2) return quoted[0] ?? 'none';
  return `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}

function inQuotes(name: string): string {
  return `"${name}"`;
}

function invalid(problems: readonly Problem[]): ExportError {
  const lines = problems.map(problemText);
  const list = lines.length === 1 ? ` ${lines[0]}` : `\n- ${lines.join('\n- ')}`;
  return new ExportError(
    'InvalidExport',
    `The export's input is not valid; nothing was sent.${list}`,
  );
}
