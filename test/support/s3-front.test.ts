import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { s3Client, startS3Server } from '../../scripts/versitygw/server.ts';
import {
  cutBody,
  damage,
  errorResponse,
  hang,
  ignoreIfNoneMatch,
  loseResponse,
  reset,
  slow,
  stallBody,
} from './s3-faults.ts';
import { s3ForFile } from './s3-for-file.ts';
import { type S3Front, startS3Front } from './s3-front.ts';
import { eventually } from './wait.ts';

const BUCKET = 'rows';
const BODY = 'x'.repeat(1_000);

const server = s3ForFile(({ createBucket }) => createBucket(BUCKET));

let front: S3Front;
let client: S3Client;

beforeEach(async () => {
  front = await startS3Front(server());
  client = s3Client(front);
  onTestFinished(() => front[Symbol.asyncDispose]());
});

const put = (Key: string, by = client, condition: { IfNoneMatch?: string } = {}) =>
  by.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: BODY, ...condition }));
const get = async (Key: string, by = client, abortSignal?: AbortSignal) => {
  const options = abortSignal === undefined ? {} : { abortSignal };
  const { Body } = await by.send(new GetObjectCommand({ Bucket: BUCKET, Key }), options);
  return await Body?.transformToString();
};
const list = async (Prefix: string) => {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
  return Contents.map(({ Key }) => Key);
};
const remove = (Key: string) => client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
/** The status and the code of a response that is an error. */
const refusal = (result: Promise<unknown>) =>
  result.then(
    () => expect.unreachable('it was not refused'),
    (error) => [error.$metadata?.httpStatusCode, error.name],
  );

describe('without a fault', () => {
  test('objects come and go through it, and requests are counted by method and key', async () => {
    await put('runs/a 1');
    await put('runs/b');
    expect(await get('runs/a 1')).toBe(BODY);
    expect(await list('runs/')).toEqual(['runs/a 1', 'runs/b']);
    await remove('runs/a 1');
    expect(await list('runs/')).toEqual(['runs/b']);
    expect(await refusal(get('runs/a 1'))).toEqual([404, 'NoSuchKey']);

    expect(front.count()).toBe(7);
    expect(front.count({ method: 'PUT' })).toBe(2);
    expect(front.count({ key: /^runs\/a 1$/ })).toBe(4);
    expect(front.count({ method: 'LIST', key: /^runs\/$/ })).toBe(2);
  });

  test('of many conditional puts of one key at once, one wins', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => put('race', client, { IfNoneMatch: '*' })),
    );
    const lost = results.filter(({ status }) => status === 'rejected');
    expect(lost).toHaveLength(7);
    for (const result of lost) {
      expect(result).toMatchObject({ reason: { $metadata: { httpStatusCode: 412 } } });
    }
  });

  test('a wrong secret is refused by the server', async () => {
    const stranger = s3Client({ ...front, secretAccessKey: 'wrong' });
    expect(await refusal(put('secret', stranger))).toEqual([403, 'SignatureDoesNotMatch']);
  });
});

describe('an order', () => {
  test('is for the requests that match, and for so many of them', async () => {
    const order = front.order({ method: 'PUT', key: /manifest/ }, errorResponse('SlowDown'), 2);
    await put('chunk');
    expect(await refusal(put('manifest'))).toEqual([503, 'SlowDown']);
    expect(await refusal(get('manifest'))).toEqual([404, 'NoSuchKey']);
    expect(await refusal(put('manifest'))).toEqual([503, 'SlowDown']);
    await put('manifest');
    expect(order.met()).toBe(2);
  });

  test('is over once it is lifted', async () => {
    const order = front.order({}, errorResponse('InternalError'));
    expect(await refusal(put('lifted'))).toEqual([500, 'InternalError']);
    order.lift();
    await put('lifted');
  });
});

describe('a fault', () => {
  test.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [403, 'AccessDenied'],
    [400, 'ExpiredToken'],
    [409, 'ConditionalRequestConflict'],
  ] as const)('an error is a response of S3: %i %s', async (status, code) => {
    front.order({ method: 'PUT' }, errorResponse(code));
    expect(await refusal(put(code))).toEqual([status, code]);
    expect(await refusal(get(code))).toEqual([404, 'NoSuchKey']);
  });

  test('a reset breaks the connection, and the server sees nothing', async () => {
    front.order({ method: 'PUT' }, reset);
    await expect(put('reset')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await refusal(get('reset'))).toEqual([404, 'NoSuchKey']);
  });

  test('a hang lasts until the client gives up, and the server sees nothing', async () => {
    await put('hangs');
    const order = front.order({ method: 'GET' }, hang);
    const patience = new AbortController();
    const hanging = get('hangs', client, patience.signal);
    await eventually(() => expect(order.met()).toBe(1));
    patience.abort();
    await expect(hanging).rejects.toThrow('Request aborted');
  });

  test('a lost response is one to a put that was done', async () => {
    front.order({ method: 'PUT' }, loseResponse, 1);
    await expect(put('lost', client, { IfNoneMatch: '*' })).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    const again = put('lost', client, { IfNoneMatch: '*' });
    expect(await refusal(again)).toEqual([412, 'PreconditionFailed']);
    expect(await get('lost')).toBe(BODY);
  });

  test('a body that is cut ends early, after the bytes that were ordered', async () => {
    await put('cut');
    front.order({ method: 'GET' }, cutBody(400));
    let bytes = 0;
    const reading = readBody('cut', (total) => {
      bytes = total;
    });
    await expect(reading).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(bytes).toBe(400);
  });

  test('a body that is cut lacks a byte at least', async () => {
    await put('cut-late');
    front.order({ method: 'GET' }, cutBody(BODY.length));
    await expect(get('cut-late')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('a body that stalls stays open after the bytes that were ordered', async () => {
    await put('stalls');
    front.order({ method: 'GET' }, stallBody(400));
    const patience = new AbortController();
    let bytes = 0;
    const reading = readBody(
      'stalls',
      (total) => {
        bytes = total;
        if (total === 400) patience.abort();
      },
      patience.signal,
    );
    await expect(reading).rejects.toThrow('aborted');
    expect(bytes).toBe(400);
  });

  test('damage does not fit the checksum', async () => {
    await put('damaged');
    front.order({ method: 'GET' }, damage, 1);
    await expect(get('damaged')).rejects.toThrow('Checksum mismatch');
    expect(await get('damaged')).toBe(BODY);
  });

  test('slow bodies take their time, both ways', async () => {
    front.order({}, slow(4_000));
    const started = performance.now();
    await put('slow');
    const stored = performance.now();
    expect(await get('slow')).toBe(BODY);
    // A thousand bytes at this rate; a timer may be early by a part of a millisecond.
    expect(stored - started).toBeGreaterThan(240);
    expect(performance.now() - stored).toBeGreaterThan(240);
  });

  test('a client may give up in the middle of a body, either way', async () => {
    await put('given-up');
    const order = front.order({}, slow(1_000));
    const reads = new AbortController();
    await expect(readBody('given-up', () => reads.abort(), reads.signal)).rejects.toThrow(
      'aborted',
    );
    const writes = new AbortController();
    const upload = new PutObjectCommand({ Bucket: BUCKET, Key: 'half', Body: 'x'.repeat(200_000) });
    const writing = client.send(upload, { abortSignal: writes.signal });
    await eventually(() => expect(order.met()).toBe(2));
    writes.abort();
    await expect(writing).rejects.toThrow('aborted');
    order.lift();
    expect(await refusal(get('half'))).toEqual([404, 'NoSuchKey']);
    expect(await get('given-up')).toBe(BODY);
  });

  test('a store that ignores the condition lets each put win', async () => {
    front.order({ method: 'PUT' }, ignoreIfNoneMatch(server()));
    await put('ignored', client, { IfNoneMatch: '*' });
    await Promise.all(
      Array.from({ length: 5 }, () => put('ignored', client, { IfNoneMatch: '*' })),
    );
    expect(await get('ignored')).toBe(BODY);
  });

  test('a front that is away refuses connections until it is back', async () => {
    await put('away');
    await front.away();
    const newcomer = s3Client(front);
    await expect(get('away', newcomer)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await front.back();
    expect(await get('away')).toBe(BODY);
  });
});

describe('the server', () => {
  test('refuses connections once it is killed, and has its objects after a restart', async () => {
    await put('kept');
    const direct = s3Client(server());
    await server().kill();
    await expect(get('kept', direct)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(get('kept')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await server().restart();
    expect(await get('kept', direct)).toBe(BODY);
    expect(await get('kept')).toBe(BODY);
  });

  test('of those that start at once, each has a port and keys of its own', async () => {
    const others = await Promise.all([startS3Server(), startS3Server()]);
    expect(new Set([server(), ...others].map(({ endpoint }) => endpoint)).size).toBe(3);
    for (const other of others) {
      await other.createBucket('own');
      const stranger = s3Client({ ...other, endpoint: server().endpoint });
      expect(await refusal(get('kept', stranger))).toEqual([403, 'InvalidAccessKeyId']);
      await other[Symbol.asyncDispose]();
    }
  });
});

/** Reads an object piece by piece; `arrived` hears how many bytes there are so far. */
async function readBody(Key: string, arrived: (total: number) => void, abortSignal?: AbortSignal) {
  const options = abortSignal === undefined ? {} : { abortSignal };
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }), options);
  let total = 0;
  for await (const piece of Body as AsyncIterable<Buffer>) {
    total += piece.length;
    arrived(total);
  }
}
