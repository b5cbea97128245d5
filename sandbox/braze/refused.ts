import { type Alias, IdentifierSets } from './members.ts';
import { type CohortChange, UNDOCUMENTED } from './validation.ts';

/** Identifiers to refuse, and what to say; an absent kind has none. */
export interface RefusedOrder {
  readonly userIds?: readonly string[] | undefined;
  readonly deviceIds?: readonly string[] | undefined;
  readonly aliases?: readonly Alias[] | undefined;
  readonly message?: string | undefined;
}

/**
 * Identifiers that are refused, with all else in their request. Braze documents no such refusal: this
 * is the strictest that it could be.
 */
export class Refused {
  #refused = new IdentifierSets();
  #message = '';

  set({ userIds, deviceIds, aliases, message }: RefusedOrder): number {
    this.#refused = new IdentifierSets();
    this.#message = message ?? UNDOCUMENTED.refused;
    for (const id of userIds ?? []) this.#refused.userIds.add(id);
    for (const id of deviceIds ?? []) this.#refused.deviceIds.add(id);
    for (const alias of aliases ?? []) this.#refused.aliases.add(alias);
    return this.#refused.size;
  }

  /** The text of a 400, or `null`. */
  problemOf(changes: readonly CohortChange[]): string | null {
    const { userIds, deviceIds, aliases, size } = this.#refused;
    if (size === 0) return null;
    const isRefused = changes.some(
      (change) =>
        change.userIds.some((id) => userIds.has(id)) ||
        change.deviceIds.some((id) => deviceIds.has(id)) ||
        change.aliases.some((alias) => aliases.has(alias)),
    );
    return isRefused ? this.#message : null;
  }
}
