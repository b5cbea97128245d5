import { isGrpcServiceError } from '@temporalio/client';
import type { Logger, NativeConnection } from '@temporalio/worker';
import {
  SEARCH_ATTRIBUTE_NAMES,
  SEARCH_ATTRIBUTES,
  type SearchAttributeName,
  type SearchAttributeType,
} from '../domain/search-attributes.ts';
import type { TemporalSettings } from './settings.ts';

/** Of Temporal's `IndexedValueType`. */
const INDEXED_VALUE_TYPES: Readonly<Record<SearchAttributeType, number>> = { Keyword: 2, Int: 3 };
/** Exports do not need them, so a worker does not wait for long. */
const RESPONSE_WITHIN_MS = 5_000;

type Operator = Pick<NativeConnection, 'operatorService' | 'withDeadline'>;

/**
 * Registers the search attributes that the namespace lacks, where this worker may. Resolves to those
 * that it has with the right type: a workflow task that sets another one fails again and again.
 */
export async function prepareSearchAttributes(
  connection: Operator,
  { namespace }: Pick<TemporalSettings, 'namespace'>,
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<readonly SearchAttributeName[]> {
  try {
    const before = await list(connection, namespace);
    const missing = SEARCH_ATTRIBUTE_NAMES.filter((name) => !before.has(name));
    if (missing.length === 0) return usable(before, log);
    const problem = await register(connection, namespace, missing);
    const after = await list(connection, namespace);
    const left = missing.filter((name) => !after.has(name));
    if (left.length === 0) log.info('registered search attributes', { namespace, names: missing });
    else log.warn(cannotRegister(left, namespace, problem));
    return usable(after, log);
  } catch (error) {
    log.warn(
      `Temporal did not say which search attributes it has (${reasonOf(error)}), so exports set none; everything else works. Allow the identity of the worker to call ListSearchAttributes in the namespace, then restart the worker.`,
    );
    return [];
  }
}

/** The types of those that a namespace has, by their names. */
async function list(
  connection: Operator,
  namespace: string,
): Promise<ReadonlyMap<string, unknown>> {
  const { customAttributes } = await connection.withDeadline(Date.now() + RESPONSE_WITHIN_MS, () =>
    connection.operatorService.listSearchAttributes({ namespace }),
  );
  return new Map(Object.entries(customAttributes ?? {}));
}

/** Why they could not be registered, or `null`. Another worker may register them at the same time. */
async function register(
  connection: Operator,
  namespace: string,
  names: readonly SearchAttributeName[],
): Promise<string | null> {
  const searchAttributes = Object.fromEntries(
    names.map((name) => [name, INDEXED_VALUE_TYPES[SEARCH_ATTRIBUTES[name]]]),
  );
  try {
    await connection.withDeadline(Date.now() + RESPONSE_WITHIN_MS, () =>
      connection.operatorService.addSearchAttributes({ namespace, searchAttributes }),
    );
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

function usable(
  found: ReadonlyMap<string, unknown>,
  log: Pick<Logger, 'warn'>,
): SearchAttributeName[] {
  const present = SEARCH_ATTRIBUTE_NAMES.filter((name) => found.has(name));
  const right = present.filter(
    (name) => found.get(name) === INDEXED_VALUE_TYPES[SEARCH_ATTRIBUTES[name]],
  );
  const wrong = present.filter((name) => !right.includes(name));
  if (wrong.length > 0) {
    const types = wrong.map((name) => `${name} (${SEARCH_ATTRIBUTES[name]})`).join(', ');
    log.warn(
      `Temporal has search attributes whose types differ from these: ${types}. Exports do not set them; everything else works.`,
    );
  }
  return right;
}

function cannotRegister(
  names: readonly SearchAttributeName[],
  namespace: string,
  problem: string | null,
): string {
  const reason = problem === null ? '' : ` (${problem})`;
  return `These search attributes could not be registered${reason}: ${names.join(', ')}. Exports do not set them; everything else works. To have them, let an administrator run the command below, then restart the workers. ${registerCommand(names, namespace)}`;
}

/** For an administrator, with the Temporal CLI. */
function registerCommand(names: readonly SearchAttributeName[], namespace: string): string {
  const pairs = names.map((name) => `--name ${name} --type ${SEARCH_ATTRIBUTES[name]}`);
  return `temporal operator search-attribute create --namespace ${namespace} ${pairs.join(' ')}`;
}

/** @throws what does not come from Temporal */
function reasonOf(error: unknown): string {
  if (!isGrpcServiceError(error)) throw error;
  return error.details || error.message;
}
