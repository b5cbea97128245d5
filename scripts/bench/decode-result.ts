/** Decodes a job's result as a short script would, and does nothing with it. Arguments: URL, API key. */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { decodeMultiStream } from '@msgpack/msgpack';
import { request } from 'undici';

const [url = '', apiKey = ''] = process.argv.slice(2);
const startedAt = performance.now();
const { body } = await request(url, { headers: { authorization: `TD1 ${apiKey}` } });
const gunzip = createGunzip();
const bytes = Readable.from(body).pipe(gunzip);
let rows = 0;
for await (const _ of decodeMultiStream<undefined>(bytes, { useBigInt64: true })) rows += 1;
process.stdout.write(JSON.stringify({ rows, seconds: (performance.now() - startedAt) / 1_000 }));
