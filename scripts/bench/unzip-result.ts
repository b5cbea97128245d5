/**
 * Reads a job's result and unzips it, and nothing more: no decoder of its rows can be faster.
 * Arguments: URL, API key.
 */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { request } from 'undici';

const [url = '', apiKey = ''] = process.argv.slice(2);
const startedAt = performance.now();
const { statusCode, body } = await request(url, { headers: { authorization: `TD1 ${apiKey}` } });
if (statusCode !== 200) throw new Error(`The request for the result returned ${statusCode}`);
let bytes = 0;
for await (const piece of Readable.from(body).pipe(createGunzip())) bytes += piece.length;
process.stdout.write(JSON.stringify({ bytes, seconds: (performance.now() - startedAt) / 1_000 }));
