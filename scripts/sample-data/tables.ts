/** A file of the sample data, and the query that makes its rows. */
export interface SampleTable {
  readonly file: string;
  /** DuckDB's `COPY … TO` options. */
  readonly format: string;
  readonly query: string;
}

/**
 * Every number comes from MD5 by integer arithmetic, never from `random()`, `hash()` or a float:
 * the rows are the same on every machine and with every version of DuckDB.
 */
export const SETUP = `
CREATE MACRO bits(hash, first, count) AS ((hash >> first::UBIGINT) & ((1 << count) - 1)::UBIGINT)::BIGINT;
CREATE MACRO one_of(list, number) AS list[1 + number % len(list)];
CREATE MACRO customer_at(rank) AS ((rank * 7919 + 17) % 50000 + 1)::INTEGER;
CREATE MACRO device(id) AS CASE
  WHEN ord(id) % 2 = 0 THEN substr(id, 1, 16)
  ELSE upper(concat_ws('-', substr(id, 1, 8), substr(id, 9, 4), substr(id, 13, 4),
    substr(id, 17, 4), substr(id, 21, 12)))
END;
`;

// The rank is how much a customer buys, 0 being the most; the customer's number does not show it.
const RANKED_CUSTOMERS = `
SELECT rank, customer_at(rank) AS customer_id, a, b,
  DATE '2025-10-27' - ((bits(a, 0, 16) * bits(a, 0, 16) * 2400) >> 32)::INTEGER AS signed_up_on
FROM (
  SELECT rank, md5_number_lower('customer ' || rank) AS a,
    md5_number_upper('customer ' || rank) AS b
  FROM range(50000) ranks(rank)
)`;

/**
 * As in real data, some customers have no external id, an empty or a blank one, one that something
 * else was pasted into, or nothing at all by which they could be known.
 */
const CUSTOMERS = `
WITH people AS (
  SELECT *, bits(b, 0, 24) % 10000 AS flaw,
    one_of(['Akira', 'Amelie', 'Ana', 'Ben', 'Chloe', 'Daniel', 'Emma', 'Felix', 'Grace', 'Hana',
      'Isabel', 'Jack', 'Kenji', 'Lea', 'Lucas', 'Maria', 'Noah', 'Olivia', 'Paul', 'Rosa',
      'Sakura', 'Sofia', 'Thomas', 'Yuki'], bits(a, 16, 16)) AS first_name,
    one_of(['Andersson', 'Becker', 'Brown', 'Costa', 'Dubois', 'Fischer', 'Garcia', 'Ito', 'Jones',
      'Kobayashi', 'Lambert', 'Lopez', 'Martin', 'Miller', 'Moreau', 'Nakamura', 'Oliveira',
      'Rossi', 'Sato', 'Schmidt', 'Silva', 'Smith', 'Tanaka', 'Wilson'], bits(a, 32, 16)) AS last_name,
    one_of([0, 0, 1, 1, 1, 1, 1, 2, 2, 3], bits(b, 24, 16)) AS devices,
    rank * 3 // 4 + bits(b, 40, 16) % 12500 AS standing
  FROM (${RANKED_CUSTOMERS})
)
SELECT
  customer_id,
  CASE
    WHEN flaw < 8 THEN '   '
    WHEN flaw < 12 THEN repeat(md5('pasted ' || customer_id), 40)
    WHEN flaw < 30 THEN ''
    WHEN flaw < 60 THEN NULL
    ELSE 'cus_' || substr(md5('external id ' || customer_id), 1, 14)
  END AS external_id,
  first_name,
  last_name,
  CASE
    WHEN flaw BETWEEN 20 AND 39 OR bits(a, 48, 16) % 100 < 5 THEN NULL
    WHEN bits(a, 48, 16) % 100 = 5 THEN ''
    ELSE lower(first_name || '.' || last_name) || customer_id || '@example.'
      || one_of(['com', 'net', 'org'], bits(a, 40, 8))
  END AS email,
  CASE
    WHEN flaw BETWEEN 20 AND 39 OR devices = 0 THEN NULL
    ELSE list_transform(range(devices),
      lambda n: device(md5('device ' || customer_id || ' ' || n)))
  END AS device_ids,
  one_of(['US', 'US', 'US', 'US', 'US', 'US', 'US', 'JP', 'JP', 'JP', 'DE', 'DE', 'DE', 'GB',
    'GB', 'FR', 'FR', 'BR', 'CA', 'AU'], bits(b, 48, 8)) AS country,
  CASE
    WHEN standing < 5300 THEN 'platinum'
    WHEN standing < 10600 THEN 'gold'
    WHEN standing < 19400 THEN 'silver'
    ELSE 'member'
  END AS tier,
  signed_up_on,
  bits(b, 56, 8) % 100 < 83 AS marketing_consent
FROM people
ORDER BY customer_id`;

/** Two years of a shop that grows: few customers buy most of it, and guests have no number. */
const ORDERS = `
WITH customers AS MATERIALIZED (
  SELECT rank, customer_id, signed_up_on FROM (${RANKED_CUSTOMERS})
),
orders AS (
  SELECT n, a, b,
    (50000 * bits(a, 0, 20) * bits(a, 0, 20)) >> 40 AS rank,
    TIMESTAMP '2026-06-30' - to_days(CASE
        WHEN n % 2 = 0 THEN bits(a, 20, 16) % 730
        ELSE (bits(a, 20, 16) * bits(a, 48, 16) * 730) >> 32
      END::INTEGER)
      + to_hours(one_of([0, 6, 7, 7, 8, 8, 9, 9, 10, 11, 12, 12, 12, 13, 14, 15, 16, 17, 17, 18, 18,
        18, 19, 19, 19, 20, 20, 20, 21, 21, 22, 23], bits(a, 36, 16)))
      + to_seconds(bits(b, 0, 16) % 3600) AS ordered_at,
    ((399 + ((bits(b, 16, 10) * bits(b, 26, 10) * bits(b, 36, 10) * 60000) >> 30)) // 10 * 10 + 9)
      ::BIGINT AS cents
  FROM (
    SELECT n, md5_number_lower('order ' || n) AS a,
      md5_number_upper('order ' || n) AS b
    FROM range(300000) numbers(n)
  )
)
SELECT
  row_number() OVER (ORDER BY ordered_at, n) AS order_id,
  CASE WHEN bits(b, 46, 8) % 16 > 0 THEN customer_id END AS customer_id,
  ordered_at,
  one_of(['web', 'web', 'web', 'ios', 'ios', 'android', 'android', 'store'], bits(b, 54, 3))
    AS channel,
  one_of(['paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid',
    'paid', 'paid', 'paid', 'refunded', 'cancelled'], bits(b, 57, 4)) AS status,
  concat(cents // 100, '.', lpad((cents % 100)::VARCHAR, 2, '0')) AS amount
FROM orders JOIN customers USING (rank)
WHERE ordered_at >= signed_up_on
ORDER BY order_id`;

/** The table of Treasure Data's and Braze's documentation of the cohort import. */
const EXAMPLE_COHORT_TABLE = `
SELECT * FROM (VALUES
  ('TDCohort1', 'TDCohort1@gmail.com', '1a2b3c'),
  ('TDCohort2', 'TDCohort2@gmail.com', '4d5f6g'),
  ('TDCohort3', 'TDCohort3@gmail.com', '7h8j9k'),
  ('TDCohort4', 'TDCohort4@gmail.com', '1ab2cd')
) AS example_cohort_table(external_id, email, device_ids)`;

export const TABLES: readonly SampleTable[] = [
  { file: 'customers.parquet', format: 'FORMAT parquet, COMPRESSION zstd', query: CUSTOMERS },
  { file: 'orders.csv', format: 'FORMAT csv, HEADER', query: ORDERS },
  {
    file: 'example_cohort_table.csv',
    format: 'FORMAT csv, HEADER',
    query: EXAMPLE_COHORT_TABLE,
  },
];
