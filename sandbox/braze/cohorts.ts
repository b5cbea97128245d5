import { type Alias, IdentifierSets } from './members.ts';
import type { CohortChange, CohortChanges } from './validation.ts';

/** Bounds the memory of changes that nobody has looked at yet, at about 60 bytes each. */
const MAX_PENDING_IDENTIFIERS = 2_000_000;

/** A cohort that was named at least once. `requests` counts the accepted changes of its members. */
export class Cohort {
  readonly id: string;
  name: string;
  createdAt: string;
  requests = 0;
  readonly #members = new IdentifierSets();
  #pending: CohortChange[] = [];
  #pendingIdentifiers = 0;
  #users: IdentifierSets | null = null;

  constructor(id: string, name: string, createdAt: string) {
    this.id = id;
    this.name = name;
    this.createdAt = createdAt;
  }

  /** After all changes so far. */
  get members(): IdentifierSets {
    this.#applyPending();
    return this.#members;
  }

  /**
   * Records the changes, in order, for those who are among `users` (`null`: everybody). They are
   * applied when somebody looks: filling large sets is most of a request's cost.
   */
  change({ changes, identifiers }: CohortChanges, users: IdentifierSets | null): void {
    if (users !== this.#users) this.#applyPending();
    this.#users = users;
    for (const change of changes) this.#pending.push(change);
    this.#pendingIdentifiers += identifiers;
    this.requests += 1;
    if (this.#pendingIdentifiers > MAX_PENDING_IDENTIFIERS) this.#applyPending();
  }

  #applyPending(): void {
    const changes = this.#pending;
    this.#pending = [];
    this.#pendingIdentifiers = 0;
    for (const { userIds, deviceIds, aliases, remove } of changes) {
      apply(this.#members.userIds, userIds, remove, this.#users?.userIds);
      apply(this.#members.deviceIds, deviceIds, remove, this.#users?.deviceIds);
      apply(this.#members.aliases, aliases, remove, this.#users?.aliases);
    }
  }
}

/** The people whom Braze knows; an absent kind means nobody is known by it. */
export interface UserBase {
  readonly userIds?: readonly string[] | undefined;
  readonly deviceIds?: readonly string[] | undefined;
  readonly aliases?: readonly Alias[] | undefined;
}

/** All cohorts and, if one was given, the user base that decides who can become a member. */
export class Cohorts {
  readonly #cohorts = new Map<string, Cohort>();
  #users: IdentifierSets | null = null;

  get(id: string): Cohort | undefined {
    return this.#cohorts.get(id);
  }

  /** Sorted by id, in the order of UTF-16 code units. */
  list(): Cohort[] {
    return [...this.#cohorts.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Creates the cohort, or renames one that exists; members stay as they are. */
  name(id: string, name: string, createdAt: string): void {
    const cohort = this.#cohorts.get(id);
    if (cohort === undefined) {
      this.#cohorts.set(id, new Cohort(id, name, createdAt));
    } else {
      cohort.name = name;
      cohort.createdAt = createdAt;
    }
  }

  /** Applies the changes in their order. Those who are not in the user base are silently ignored. */
  change(cohort: Cohort, changes: CohortChanges): void {
    cohort.change(changes, this.#users);
  }

  forgetAll(): void {
    this.#cohorts.clear();
  }

  /** From now on only these people exist; members from before stay. */
  setUserBase(base: UserBase): IdentifierSets {
    const users = new IdentifierSets();
    for (const id of base.userIds ?? []) users.userIds.add(id);
    for (const id of base.deviceIds ?? []) users.deviceIds.add(id);
    for (const alias of base.aliases ?? []) users.aliases.add(alias);
    this.#users = users;
    return users;
  }

  /** From now on everybody exists. */
  removeUserBase(): void {
    this.#users = null;
  }
}

interface Collection<T> {
  has(item: T): boolean;
  add(item: T): void;
  delete(item: T): void;
}

function apply<T>(
  members: Collection<T>,
  items: readonly T[],
  remove: boolean,
  known: Collection<T> | undefined,
): void {
  if (remove) {
    for (const item of items) members.delete(item);
  } else if (known === undefined) {
    for (const item of items) members.add(item);
  } else {
    for (const item of items) if (known.has(item)) members.add(item);
  }
}
