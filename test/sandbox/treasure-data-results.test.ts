import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { rowsOf, withTreasureData } from './treasure-data-client.ts';

/** SQL, its value in msgpack, the type's names for Trino and for Hive. */
const TYPES: [string, unknown, string, string][] = [
  ["'é😀'", 'é😀', 'varchar', 'string'],
  [`'\u{feff}b'`, '\u{feff}b', 'varchar', 'string'],
  ["''", '', 'varchar', 'string'],
  ['NULL::VARCHAR', null, 'varchar', 'string'],
  ['true', true, 'boolean', 'boolean'],
  ['-1::TINYINT', -1, 'tinyint', 'tinyint'],
  ['-129::SMALLINT', -129, 'smallint', 'smallint'],
  ['-32769', -32_769, 'integer', 'int'],
  ['4294967295::UINTEGER', 4_294_967_295, 'bigint', 'bigint'],
  ['(-9223372036854775808)::BIGINT', -(2n ** 63n), 'bigint', 'bigint'],
  ['9007199254740993', 9_007_199_254_740_993n, 'bigint', 'bigint'],
  ['18446744073709551615::UBIGINT', 2n ** 64n - 1n, 'bigint', 'bigint'],
  ['sum(3)', 3, 'bigint', 'bigint'],
  ['1.5::FLOAT', 1.5, 'real', 'float'],
  ["'-Infinity'::DOUBLE", -Infinity, 'double', 'double'],
  ['1.50::DECIMAL(9,2)', '1.50', 'decimal(9,2)', 'decimal(9,2)'],
  ["DATE '2026-01-02'", '2026-01-02', 'date', 'date'],
  ["TIMESTAMP '2026-01-02 03:04:05'", '2026-01-02 03:04:05', 'timestamp', 'timestamp'],
  ["'a'::ENUM ('a')", 'a', 'varchar', 'string'],
  [
    "'123e4567-e89b-12d3-a456-426614174000'::UUID",
    '123e4567-e89b-12d3-a456-426614174000',
    'varchar',
    'string',
  ],
  [`'{"a":1}'::JSON`, '{"a":1}', 'json', 'string'],
  ["['a', NULL]", ['a', null], 'array(varchar)', 'array<string>'],
  ['[[1]]', [[1]], 'array(array(integer))', 'array<array<int>>'],
  ["MAP {'a': 1}", { a: 1 }, 'map(varchar,integer)', 'map<string,int>'],
  ["{'a': 1, 'b': 'x'}", { a: 1, b: 'x' }, 'row(a integer,b varchar)', 'struct<a:int,b:string>'],
];

test('each type has its value in msgpack, and its name in the schema', () =>
  withTreasureData({}, async ({ run }) => {
    const query = `SELECT ${TYPES.map(([sql], index) => `${sql} AS c${index}`).join(', ')}`;
    for (const [engine, at] of [
      ['trino', 2],
      ['presto', 2],
      ['hive', 3],
    ] as const) {
      const { job, rows } = await run(query, engine);
      expect(rows).toEqual([TYPES.map(([, value]) => value)]);
      const schema = TYPES.map((type, index) => [`c${index}`, type[at]]);
      expect(JSON.parse(job.hive_result_schema)).toEqual(schema);
    }
  }));

test('a double is a float in msgpack, even a whole one', () =>
  withTreasureData({}, async ({ issue, finished, get }) => {
    const id = await issue('SELECT 5::DOUBLE, 5');
    await finished(id);
    const { bytes } = await get(`/job/result/${id}?format=msgpack`);
    expect(bytes.toString('hex')).toBe('92cb401400000000000005');
  }));

test('text goes out unchanged: a leading U+FEFF, other scripts, all lengths, in any row', () =>
  withTreasureData({}, async ({ run }) => {
    // DuckDB keeps up to 12 bytes in place; a chunk of its results has 2,048 rows.
    const texts = ['', '\uFEFF', '\uFEFFa', '\uFEFFtwelve bytes and more', 'a\uFEFF', 'あ', '😀'];
    const lengths = [1, 2, 3, 11, 12, 13, 4_000].map((length) =>
      'é'.repeat(length).slice(0, length),
    );
    const expected = [...texts, ...lengths, null];
    const list = expected.map((text) => (text === null ? 'NULL' : `'${text}'`)).join(', ');
    const { rows } = await run(
      `SELECT text FROM range(300) t(i), unnest([${list}]) WITH ORDINALITY u(text, nr) ORDER BY i, nr`,
    );
    expect(rows).toHaveLength(300 * expected.length);
    rows.forEach(([text], index) => {
      if (text !== expected[index % expected.length]) expect([index, text]).toEqual(['', '']);
    });
  }));

test('a BLOB goes out as text, whatever its bytes', () =>
  withTreasureData({}, async ({ issue, finished, get }) => {
    const id = await issue("SELECT '\\xFF\\xFEa'::BLOB AS user_ids");
    const job = await finished(id);
    expect(job.hive_result_schema).toBe('[["user_ids","varchar"]]');
    const { bytes } = await get(`/job/result/${id}?format=msgpack`);
    expect(bytes.toString('hex')).toBe('91a3fffe61');
  }));

test('an integer beyond 64 bits fails the job', () =>
  withTreasureData({}, async ({ issue, finished }) => {
    const job = await finished(await issue('SELECT 18446744073709551616::HUGEINT'));
    expect(job).toMatchObject({
      status: 'error',
      debug: { stderr: 'bigint overflow: 18446744073709551616' },
    });
  }));

test('many rows come whole and in order, in one gzip of the announced size', () =>
  withTreasureData({}, async ({ issue, finished, get }) => {
    const id = await issue("SELECT i, 'user' || i FROM range(200000) t(i)");
    const job = await finished(id);
    const { bytes, headers } = await get(`/job/result/${id}?format=msgpack.gz`);
    expect(bytes.length).toBe(job.result_size);
    expect(headers.get('content-length')).toBe(String(job.result_size));
    const rows = rowsOf(bytes);
    expect(rows).toHaveLength(200_000);
    expect(job.num_records).toBe(200_000);
    expect(rows[123_456]).toEqual([123_456, 'user123456']);
  }));

test('a result without rows has a schema and no bytes of msgpack', () =>
  withTreasureData({}, async ({ run }) => {
    const { job, rows } = await run('SELECT 1 AS user_ids WHERE false');
    expect(rows).toEqual([]);
    expect(job).toMatchObject({ num_records: 0, hive_result_schema: '[["user_ids","integer"]]' });
  }));

test('the other formats', () =>
  withTreasureData({}, async ({ issue, finished, get }) => {
    const id = await issue(
      `SELECT * FROM (VALUES ('a,"b"', 9007199254740993, ['x'], 'nan'::DOUBLE), (NULL, 1, NULL, 2))
        t(s, i, l, d)`,
    );
    await finished(id);
    const text = async (format: string) => (await get(`/job/result/${id}?format=${format}`)).body;
    expect(await text('json')).toBe('["a,\\"b\\"",9007199254740993,["x"],NaN]\n[null,1,null,2]\n');
    expect(await text('json&nullify_special=true')).toContain('["x"],null]');
    expect(await text('csv&header=true')).toBe(
      's,i,l,d\n"a,""b""",9007199254740993,"[""x""]",NaN\n,1,,2\n',
    );
    expect(await text('tsv')).toMatch(/^"a,""b"""\t9007199254740993\t/);
    const msgpack = await get(`/job/result/${id}?format=msgpack`);
    const zipped = await get(`/job/result/${id}?format=msgpack.gz`);
    expect(msgpack.bytes).toEqual(gunzipSync(zipped.bytes));
    expect(await get(`/job/result/${id}?format=xml`)).toMatchObject({ status: 400 });
  }));

test('404 for what has no result: a statement without rows, a job that failed, one that runs', () =>
  withTreasureData({}, async ({ issue, finished, get, control }) => {
    for (const [query, status] of [
      ['CREATE TABLE x AS SELECT 1', 'success'],
      ['SELECT nonsense', 'error'],
    ] as const) {
      const id = await issue(query);
      expect(await finished(id)).toMatchObject({ status, hive_result_schema: null });
      expect(await get(`/job/result/${id}?format=msgpack.gz`)).toMatchObject({ status: 404 });
    }
    await control('PUT', '/treasure-data', { hold: 'running' });
    const id = await issue('SELECT 1');
    expect(await get(`/job/result/${id}?format=msgpack.gz`)).toMatchObject({ status: 404 });
  }));

test('an expired result is 404; its job still describes it', () =>
  withTreasureData({}, async ({ issue, finished, get, control }) => {
    const id = await issue('SELECT 1');
    await finished(id);
    expect(await control('POST', `/treasure-data/jobs/${id}/expire`)).toMatchObject({
      jobId: id,
      isExpired: true,
    });
    expect(await get(`/job/result/${id}?format=msgpack.gz`)).toMatchObject({ status: 404 });
    expect((await get(`/job/show/${id}`)).body).toMatchObject({
      status: 'success',
      num_records: 1,
    });
  }));

test('a download resumes from any byte, as long as the ETag is the same', () =>
  withTreasureData({}, async ({ issue, finished, get }) => {
    const id = await issue('SELECT i FROM range(1000) t(i)');
    await finished(id);
    const path = `/job/result/${id}?format=msgpack.gz`;
    const whole = await get(path);
    const size = whole.bytes.length;
    const etag = whole.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    expect(whole.headers.get('accept-ranges')).toBe('bytes');

    const rest = await get(path, { range: 'bytes=10-', 'if-range': etag });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe(`bytes 10-${size - 1}/${size}`);
    expect(rest.headers.get('content-length')).toBe(String(size - 10));
    expect(rest.bytes).toEqual(whole.bytes.subarray(10));
    const part = await get(path, { range: 'bytes=10-19' });
    expect(part).toMatchObject({ status: 206, bytes: whole.bytes.subarray(10, 20) });

    const changed = await get(path, { range: 'bytes=10-', 'if-range': '"other"' });
    expect(changed).toMatchObject({ status: 200, bytes: whole.bytes });
    const beyond = await get(path, { range: `bytes=${size}-` });
    expect(beyond).toMatchObject({ status: 416 });
    expect(beyond.headers.get('content-range')).toBe(`bytes */${size}`);
  }));
