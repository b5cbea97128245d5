import type { Dispatcher } from 'undici';
import { ExportError } from '../../domain/failures.ts';
import { headerText } from '../../http/requested-wait.ts';
import type { TreasureDataApi } from './api.ts';
import { unavailable } from './response-errors.ts';
import { Retries } from './retries.ts';

/** The result is no longer the one whose first part was read. */
export class ResultChanged extends Error {}

/** There is no result at this path, or no longer. */
export class ResultGone extends Error {}

/**
 * The bytes of a result, each once and in order: after an interruption the next request asks for the
 * rest, as long as it is still the same result.
 * @throws ResultGone, ResultChanged, or an ExportError
 */
export async function* downloadResult(
  api: TreasureDataApi,
  path: string,
  retries = new Retries(),
): AsyncGenerator<Buffer, void> {
  let received = 0;
  let etag: string | null = null;
  for (;;) {
    try {
      const response = await requestFrom(api, path, received, etag);
      if (response === null) return;
      const { headers, body } = response;
      if (received === 0) etag = strongTag(headerText(headers, 'etag'));
      for await (const bytes of body as AsyncIterable<Buffer>) {
        received += bytes.length;
        retries.succeeded();
        yield bytes;
      }
      return;
    } catch (error) {
      if (error instanceof ResultGone || error instanceof ResultChanged) throw error;
      const failure = error instanceof ExportError ? error : unavailable(error, api.connection);
      if (received > 0 && etag === null) {
        throw new ResultChanged(
          'the download was interrupted and, without an ETag, cannot be resumed',
        );
      }
      await retries.afterFailure(failure);
    }
  }
}

/** The response that continues at a byte; `null` if that is the end already. */
async function requestFrom(
  api: TreasureDataApi,
  path: string,
  offset: number,
  etag: string | null,
): Promise<Dispatcher.ResponseData | null> {
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
  // Not `destroy`: that is an error of the body, which nobody here would handle.
  await response.body.dump();
  if (status === 416 && headerText(headers, 'content-range') === `bytes */${offset}`) return null;
  if (status === 404 || status === 410) throw new ResultGone();
  throw new ResultChanged('the result changed while it was read');
}

/** A weak tag promises too little to put two parts together. */
function strongTag(etag: string | undefined): string | null {
  return etag === undefined || etag.startsWith('W/') ? null : etag;
}
