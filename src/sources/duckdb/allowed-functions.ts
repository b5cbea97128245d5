/**
 * The table functions that a query may call. They read CSV, Parquet and JSON files or make rows of
 * their arguments. `glob`, `read_text` and `read_blob` are not among them: they reveal the names
 * of files behind a symbolic link that leads out of the directory.
 */
export const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'read_csv',
  'read_csv_auto',
  'read_parquet',
  'parquet_scan',
  'read_json',
  'read_json_auto',
  'read_json_objects',
  'read_json_objects_auto',
  'read_ndjson',
  'read_ndjson_auto',
  'read_ndjson_objects',
  'json_each',
  'json_tree',
  'unnest',
  'range',
  'generate_series',
  'repeat',
  'repeat_row',
]);

/**
 * The scalar functions that a query may not call, and why. The others only compute; a test holds
 * the list of all that DuckDB has, so that its next version is looked at before it is used.
 */
export const REFUSED_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['current_setting', 'it shows how the worker is set up'],
  ['get_block_size', 'it shows how the worker is set up'],
  ['getenv', "it reads the worker's environment"],
  ['write_log', 'it writes'],
  ['nextval', 'it changes a sequence'],
  ['currval', 'it reads a sequence'],
  ['json_serialize_sql', 'it handles SQL as a value'],
  ['json_deserialize_sql', 'it handles SQL as a value'],
  ['json_serialize_plan', 'it plans SQL that was not checked'],
]);
