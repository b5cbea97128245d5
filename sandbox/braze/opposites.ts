import { WARNINGS } from './summary.ts';
import { isJsonObject, type JsonObject } from './validation.ts';

interface Changes {
  readonly list: readonly JsonObject[];
  readonly warnings: string[];
}

/**
 * Finds identifiers that are added and removed at once: in one request, or in two of a cohort that are
 * in flight together. Braze does not say which of the two counts, so a good client never does that.
 */
export class Opposites {
  readonly #inFlight = new Map<string, Set<Changes>>();

  /** Adds the warning to the request and those it conflicts with. Call the result when it has ended. */
  enter(cohortId: string, body: JsonObject, warnings: string[]): () => void {
    const { cohort_changes: list } = body;
    const entering = { list: Array.isArray(list) ? list.filter(isJsonObject) : [], warnings };
    const others = this.#inFlight.get(cohortId) ?? new Set();
    if (meet(entering, entering)) warn(entering);
    for (const other of others) {
      if (!meet(entering, other) && !meet(other, entering)) continue;
      warn(entering);
      warn(other);
    }
    this.#inFlight.set(cohortId, others.add(entering));
    return () => {
      others.delete(entering);
      if (others.size === 0) this.#inFlight.delete(cohortId);
    };
  }
}

function warn({ warnings }: Changes): void {
  if (!warnings.includes(WARNINGS.opposites)) warnings.push(WARNINGS.opposites);
}

/** Whether one adds what the other removes. Most only add or only remove, and cost nothing. */
function meet(adding: Changes, removing: Changes): boolean {
  const added = adding.list.filter((change) => change.should_remove !== true);
  const removed = removing.list.filter((change) => change.should_remove === true);
  if (added.length === 0 || removed.length === 0) return false;
  const keys = new Set(added.flatMap(identifiers));
  return removed.flatMap(identifiers).some((key) => keys.has(key));
}

/** Of all kinds, each in a form that no other has. */
function identifiers({ user_ids, device_ids, aliases }: JsonObject): string[] {
  const all = (kind: string, list: unknown): string[] =>
    Array.isArray(list) ? list.map((item) => `${kind} ${JSON.stringify(item)}`) : [];
  const pairs = Array.isArray(aliases)
    ? aliases.filter(isJsonObject).map((alias) => [alias.alias_label, alias.alias_name])
    : [];
  return [...all('user', user_ids), ...all('device', device_ids), ...all('alias', pairs)];
}
