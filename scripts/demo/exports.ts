import type { ExportRequest } from '../../src/domain/export-input.ts';
import type { TreasureDataSpec } from '../../src/sources/treasure-data/input.ts';

/** An export as it is started: the workflow's id and its argument. */
export interface DemoExport {
  readonly workflowId: string;
  readonly input: ExportInput;
}

export interface ExportInput
  extends Pick<
    ExportRequest,
    'cohortId' | 'cohortName' | 'operation' | 'aliases' | 'threadCount' | 'skipOnInvalidRecord'
  > {
  readonly source: TreasureDataSpec;
}

/** One whose SQL is in its input, so that it can be shown, and run apart from the export. */
export interface QueryExport extends DemoExport {
  readonly input: ExportInput & { readonly source: QuerySource };
}

type QuerySource = Extract<TreasureDataSpec, { readonly query: string }>;

const trino = (query: string): QuerySource => ({
  type: 'treasureData',
  connection: 'main',
  database: 'sample',
  engine: 'trino',
  query,
});

/** Who spent 100 or more in the data's last 90 days, and agreed to hear from the shop. */
const VIPS = `\
SELECT c.external_id AS user_ids, c.device_ids, c.email
FROM customers AS c
JOIN (
  SELECT customer_id, sum(CAST(amount AS DECIMAL(9, 2))) AS spent
  FROM orders
  WHERE status = 'paid'
    AND ordered_at > (SELECT max(ordered_at) FROM orders) - INTERVAL '90' DAY
  GROUP BY customer_id
) AS o ON o.customer_id = c.customer_id
WHERE c.marketing_consent AND o.spent >= 100
ORDER BY c.customer_id`;

const GERMANS = `\
SELECT external_id AS user_ids, device_ids, email
FROM customers
WHERE country = 'DE'`;

const vips = {
  cohortId: 'vips',
  cohortName: 'VIPs of the last 90 days',
  aliases: ['email'],
  threadCount: 5,
  skipOnInvalidRecord: true,
};

export const appendVips: QueryExport = {
  workflowId: 'vips',
  input: { source: trino(VIPS), ...vips, operation: 'APPEND' },
};

export const removeGermans: QueryExport = {
  workflowId: 'vips-without-germany',
  input: { source: trino(GERMANS), ...vips, operation: 'REMOVE' },
};

const example = {
  cohortId: 'example',
  cohortName: "The example of Braze's documentation",
  aliases: [],
  threadCount: 2,
  skipOnInvalidRecord: false,
};

// Word by word those of Braze's page on the cohort import from Treasure Data.
const EXTERNAL_IDS = 'SELECT external_id as user_ids FROM example_cohort_table';
const USER_ALIASES = 'SELECT email FROM example_cohort_table';
const DEVICE_IDS = 'SELECT device_ids FROM example_cohort_table';

export interface Example extends QueryExport {
  /** What it shows. */
  readonly title: string;
}

/** In this order: three that add to a cohort, and one that takes away. */
export const EXAMPLES: readonly Example[] = [
  {
    title: "Braze's example of external ids",
    workflowId: 'example-external-ids',
    input: { source: trino(EXTERNAL_IDS), ...example, operation: 'APPEND' },
  },
  {
    title: "Braze's example of user aliases",
    workflowId: 'example-user-aliases',
    input: { source: trino(USER_ALIASES), ...example, aliases: ['email'], operation: 'APPEND' },
  },
  {
    title: "Braze's example of device ids",
    workflowId: 'example-device-ids',
    input: { source: trino(DEVICE_IDS), ...example, operation: 'APPEND' },
  },
  {
    title: 'The same user aliases, removed',
    workflowId: 'example-without-aliases',
    input: { source: trino(USER_ALIASES), ...example, aliases: ['email'], operation: 'REMOVE' },
  },
];

/** The sandbox has saved the queries of Braze's page. */
export const runSavedQuery: DemoExport = {
  workflowId: 'example-saved-query',
  input: {
    source: { type: 'treasureData', connection: 'main', savedQuery: 'cohort_user_aliases' },
    ...example,
    aliases: ['email'],
    operation: 'APPEND',
  },
};
