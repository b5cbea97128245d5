import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../src/domain/rows.ts';
import type { RowSource } from '../../../src/domain/source-port.ts';
import { openTreasureDataResult } from '../../../src/sources/treasure-data/result.ts';
import { type TreasureDataClient, withTreasureData } from '../../sandbox/treasure-data-client.ts';
import { startServer } from '../../support/servers.ts';

const ROWS = 2_000;
const QUERY = `SELECT 'user-' || i AS user_ids FROM range(${ROWS}) t(i)`;
const proxy = { httpProxy: null, httpsProxy: null, noProxy: null };

async function readAll(source: RowSource): Promise<Cell[]> {
  await using rows = source;
  const cells: Cell[] = [];
  for (let batch = await rows.read(); batch !== null; batch = await rows.read()) {
    cells.push(...batch.cells(0));
  }
  return cells;
}

const open = (endpoint: string, apiKey: string, jobId: string) =>
  openTreasureDataResult({ name: 'main', endpoint, apiKey, proxy }, { jobId });

/** A job of the sandbox that has succeeded, and a reader of it. */
async function finished(client: TreasureDataClient, query = QUERY) {
  const jobId = await client.issue(query);
  await client.finished(jobId);
  const { url, treasureData } = client.sandbox;
  const read = async () => await readAll(await open(url, treasureData.apiKey, jobId));
  return { jobId, read };
}

describe('a result', () => {
  it.each([
    ['a gzip without its end', { kind: 'truncate', of: 'body', bytes: 1 }, 'it is truncated'],
    [
      'a whole gzip without the end of its last row',
      { kind: 'truncate', of: 'rows', bytes: 1 },
      `the last row, row ${ROWS}, is truncated`,
    ],
    [
      'a whole gzip without its last row',
      { kind: 'truncate', of: 'rows', bytes: 11 },
      `it has ${ROWS - 1} rows, but Treasure Data counted ${ROWS}`,
    ],
    [
      'one row more than were counted',
      { kind: 'miscount', on: 'td.show', by: -1 },
      `it has ${ROWS} rows, but Treasure Data counted ${ROWS - 1}`,
    ],
    [
      'one row less than were counted',
      { kind: 'miscount', on: 'td.show', by: 1 },
      `it has ${ROWS} rows, but Treasure Data counted ${ROWS + 1}`,
    ],
    [
      'something else',
      { kind: 'status', on: 'td.result', status: 200, body: '<html>maintenance</html>' },
      'it is not gzip (Z_DATA_ERROR)',
    ],
    ['nothing', { kind: 'status', on: 'td.result', status: 200, body: '' }, 'it is truncated'],
  ])('that is %s is damaged', async (_, fault, words) => {
    await withTreasureData({}, async (client) => {
      const { jobId, read } = await finished(client);
      await client.control('POST', '/faults', fault);
      await expect(read()).rejects.toMatchObject({
        type: 'SourceUnavailable',
        retry: 'briefly',
        message: `The result of Treasure Data's job ${jobId} is incomplete or corrupt: ${words}. Nothing was sent. If this continues, run the query again.`,
      });
    });
  });

  it('that is empty has no rows where none were counted', async () => {
    await withTreasureData({}, async (client) => {
      const { read } = await finished(client, 'SELECT 1 AS user_ids WHERE false');
      expect(await read()).toEqual([]);
      await client.control('POST', '/faults', {
        kind: 'status',
        on: 'td.result',
        status: 200,
        body: '',
      });
      expect(await read()).toEqual([]);
    });
  });

  it('that is gone says why', async () => {
    await withTreasureData({}, async (client) => {
      const expired = await finished(client);
      await client.control('POST', `/treasure-data/jobs/${expired.jobId}/expire`);
      await expect(expired.read()).rejects.toMatchObject({
        type: 'QueryFailed',
        message: expect.stringContaining(
          'is gone: results are kept for 7 days. The job ended at 2',
        ),
      });
      const none = await finished(client, 'CREATE TABLE t AS SELECT 1');
      await expect(none.read()).rejects.toMatchObject({
        type: 'QueryFailed',
        message: expect.stringContaining('has no result set'),
      });
    });
  });
});

const BODY = gzipSync(Buffer.concat(['a', 'b'].map((text) => Buffer.from(encode([text])))));

/** A Treasure Data with one job of two rows, whose result the listener serves. */
async function withResult(result: RequestListener, test: (url: string) => Promise<void>) {
  await using server = await startServer((request, response) => {
    if (request.url?.startsWith('/v3/job/result')) return result(request, response);
    // A number may come as its digits, and what is not known here is left out.
    response.end(
      JSON.stringify({
        status: 'success',
        type: 'trino',
        hive_result_schema: '[["user_ids","varchar"]]',
        num_records: '2',
      }),
    );
  });
  await test(server.url);
}

/** Answers with a part of the body, and breaks the connection where that is not all. */
const sending =
  (headers: Record<string, string>, ends: readonly number[]): RequestListener =>
  (request, response) => {
    const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
    const end = ends.find((each) => each > start) ?? BODY.length;
    if (start >= BODY.length) {
      response.writeHead(416, { 'content-range': `bytes */${BODY.length}` }).end();
      return;
    }
    const range = { 'content-range': `bytes ${start}-${BODY.length - 1}/${BODY.length}` };
    response.writeHead(start === 0 ? 200 : 206, { ...headers, ...(start === 0 ? {} : range) });
    // Without a length: where the body ends is known by its last chunk, which does not come.
    response.write(BODY.subarray(start, end), () => {
      if (end === BODY.length && !ends.includes(end)) response.end();
      else setTimeout(() => response.destroy(), 20);
    });
  };

describe('a download that is cut', () => {
  it('resumes after any byte, also where only the end was missing', async () => {
    const headers = { etag: '"1"' };
    await withResult(sending(headers, [5, 9, BODY.length]), async (url) => {
      expect(await readAll(await open(url, 'key', '1'))).toEqual(['a', 'b']);
    });
  });

  it.each([
    ['has no ETag', {}],
    ['has a weak ETag', { etag: 'W/"1"' }],
  ])('starts again in another attempt where it %s', async (_, headers: Record<string, string>) => {
    await withResult(sending(headers, [5]), async (url) => {
      await expect(open(url, 'key', '1').then(readAll)).rejects.toMatchObject({
        type: 'SourceUnavailable',
        retry: 'briefly',
        message: expect.stringContaining('without an ETag, cannot be resumed'),
      });
    });
  });

  it.each([
    ['begins elsewhere', { 'content-range': 'bytes 3-9/99', etag: '"1"' }],
    ['says nowhere where it begins', { etag: '"1"' }],
    ['is of another result', { 'content-range': 'bytes 5-99/99', etag: '"2"' }],
  ])('rejects a part that %s', async (_, headers: Record<string, string>) => {
    const cut = sending({ etag: '"1"' }, [5]);
    const result: RequestListener = (request, response) => {
      if (request.headers.range === undefined) return cut(request, response);
      expect(request.headers).toMatchObject({ range: 'bytes=5-', 'if-range': '"1"' });
      response.writeHead(206, headers).end(BODY.subarray(5));
    };
    await withResult(result, async (url) => {
      await expect(open(url, 'key', '1').then(readAll)).rejects.toMatchObject({
        type: 'SourceUnavailable',
        message: expect.stringContaining('the result changed while it was read'),
      });
    });
  });
});
