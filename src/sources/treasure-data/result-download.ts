import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { ExportError } from '../../domain/failures.ts';
import { type GiveUp, retryOrGiveUp } from '../../domain/retry.ts';
import { headerText } from '../../http/retry-after.ts';
import { noAnswer, type TreasureDataApi } from './api.ts';

/** Without a single byte; then the attempt to stage fails, and the next one begins anew. */
const GIVE_UP: GiveUp = { afterMs: 30 * 60 * 1000, setting: null };

/** The result is another one than that whose first part was read. */
export class ResultChanged extends Error {}

/** There is no result at this path (any more). */
export class ResultGone extends Error {}

/**
 * The bytes of a result, each once and in order: after a cut the next request asks for the rest, as
 * long as it is still the same result.
 * @throws ResultGone, ResultChanged, or an ExportError
 */
export async function* downloadResult(
  api: TreasureDataApi,
  path: string,
): AsyncGenerator<Buffer, void> {
  let received = 0;
  let etag: string | null = null;
  let failures = 0;
  let failingSince: number | null = null;
  for (;;) {
    try {
      const { headers, body } = await requestFrom(api, path, received, etag);
      if (received === 0) etag = strongTag(headerText(headers, 'etag'));
      for await (const bytes of body as AsyncIterable<Buffer>) {
        received += bytes.length;
        failures = 0;
        failingSince = null;
        yield bytes;
      }
      return;
    } catch (error) {
      if (error instanceof ResultGone || error instanceof ResultChanged) throw error;
      const failure = error instanceof ExportError ? error : noAnswer(error, api.connection);
      if (received > 0 && etag === null) {
        throw new ResultChanged('the download was cut, and without an ETag it cannot go on');
      }
      failures += 1;
      failingSince ??= Date.now();
      const withoutSuccessMs = Date.now() - failingSince;
      if (failure.retry === 'never' || withoutSuccessMs >= GIVE_UP.afterMs) throw failure;
      const patience = { failures, withoutSuccessMs, giveUp: GIVE_UP };
      const { retry } = retryOrGiveUp(failure, patience, Math.random());
      if (typeof retry === 'object') await delay(retry.afterMs);
    }
  }
}

/** The answer that goes on at a byte. */
async function requestFrom(
  api: TreasureDataApi,
  path: string,
  offset: number,
  etag: string | null,
): Promise<Dispatcher.ResponseData> {
  const isRest = offset > 0 && etag !== null;
  const range = isRest ? { range: `bytes=${offset}-`, 'if-range': etag } : {};
  const response = await api.download(
    path,
    range,
    isRest ? [200, 206, 404, 410, 416] : [200, 404, 410],
  );
  const { statusCode: status, headers } = response;
  if (status === 200 && !isRest) return response;
  const continues = headerText(headers, 'content-range')?.startsWith(`bytes ${offset}-`) ?? false;
  const isSame = [undefined, etag].includes(headerText(headers, 'etag'));
  if (status === 206 && continues && isSame) return response;
  response.body.destroy();
  if (status === 404 || status === 410) throw new ResultGone();
  throw new ResultChanged('the result changed while it was read');
}

/** A weak tag promises too little to put two parts together. */
function strongTag(etag: string | undefined): string | null {
  return etag === undefined || etag.startsWith('W/') ? null : etag;
}
