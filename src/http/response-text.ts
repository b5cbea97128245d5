import type { Dispatcher } from 'undici';

/** The start of an answer's body, as text: at most `maxBytes` of it. */
export async function answerText(
  body: Dispatcher.ResponseData['body'],
  maxBytes: number,
): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    bytes += part.length;
    if (bytes > maxBytes) break;
  }
  return Buffer.concat(parts).toString('utf8', 0, maxBytes);
}
