import { z } from 'zod';
import type { DataFiles } from './data-files.ts';
import { ENGINES } from './job.ts';
import { priority, retryLimit } from './parameters.ts';

/** As `PUT /sandbox/treasure-data/saved-queries/NAME` takes it. */
export const savedQueryInput = z.strictObject({
  database: z.string().min(1),
  type: z.enum(ENGINES).default('trino'),
  query: z.string().min(1),
  cron: z.string().nullable().default(null),
  timezone: z.string().default('UTC'),
  /** Seconds. */
  delay: z.int().nonnegative().default(0),
  priority: priority.default(0),
  retry_limit: retryLimit.default(0),
  pool_name: z.string().nullable().default(null),
  engine_version: z.string().nullable().default(null),
});

export type SavedQueryInput = z.infer<typeof savedQueryInput>;

export interface SavedQuery extends SavedQueryInput {
  readonly id: number;
  readonly name: string;
  readonly createdAt: Date;
}

// Of Braze's page on the cohort import from Treasure Data, with the table of its examples.
const EXAMPLE_TABLE = 'example_cohort_table';
const EXAMPLES = {
  cohort_external_ids: `SELECT\n  external_id as user_ids\nFROM\n  ${EXAMPLE_TABLE}`,
  cohort_user_aliases: `SELECT\n  email\nFROM\n  ${EXAMPLE_TABLE}`,
  cohort_device_ids: `SELECT\n  device_ids\nFROM\n  ${EXAMPLE_TABLE}`,
};

/** Saved queries by name. Where the files have the table of Braze's examples, these are saved. */
export class SavedQueries {
  readonly #byName = new Map<string, SavedQuery>();
  #lastId = 0;

  constructor(files: DataFiles) {
    if (!files.list().some(({ table }) => table === EXAMPLE_TABLE)) return;
    for (const [name, query] of Object.entries(EXAMPLES)) {
      this.put(name, savedQueryInput.parse({ database: 'sample', query }));
    }
  }

  put(name: string, input: SavedQueryInput): SavedQuery {
    const old = this.#byName.get(name);
    this.#lastId += 1;
    const { id, createdAt } = old ?? { id: this.#lastId, createdAt: new Date() };
    const saved = { ...input, id, name, createdAt };
    this.#byName.set(name, saved);
    return saved;
  }

  get(name: string): SavedQuery | undefined {
    return this.#byName.get(name);
  }

  /** `false` if there was none. */
  delete(name: string): boolean {
    return this.#byName.delete(name);
  }

  list(): SavedQuery[] {
    return [...this.#byName.values()];
  }
}
