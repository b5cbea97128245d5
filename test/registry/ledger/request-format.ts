import type { RequestFormat } from '../../../src/domain/destination-port.ts';

const IDENTIFIERS_PER_REQUEST = 7;
const IDENTIFIER = /^[0-9A-F]{1,64}$/;
/** What seven of the longest take; labels of aliases come on top. */
const CHARACTERS_PER_REQUEST = 500;

/** A line for each identifier, such as `+ user 0A1B` or `- alias:email 0A1B`. */
export const requestFormat: RequestFormat = {
  limits: {
    identifiers: IDENTIFIERS_PER_REQUEST,
    characters: CHARACTERS_PER_REQUEST,
    charactersPerAlias: 0,
  },
  identifierProblem: (value) =>
    IDENTIFIER.test(value) ? null : 'must be 1 to 64 digits of upper-case hexadecimal',
  encode({ userIds, deviceIds, aliases }, operation) {
    const sign = operation === 'APPEND' ? '+' : '-';
    const lines = [
      ...userIds.map((id) => `user ${id}`),
      ...deviceIds.map((id) => `device ${id}`),
      ...aliases.flatMap(({ label, names }) =>
        names.map((name) => `alias:${encodeURIComponent(label)} ${name}`),
      ),
    ];
    return lines.map((line) => `${sign} ${line}\n`).join('');
  },
  decode(payload) {
    const lines = new TextDecoder().decode(payload).split('\n').slice(0, -1);
    const words = lines.map((line) => line.split(' '));
    const of = (kind: string) =>
      words.flatMap(([, found, identifier = '']) => (found === kind ? [identifier] : []));
    const kinds = [...new Set(words.map(([, kind = '']) => kind))];
    return {
      batch: {
        userIds: of('user'),
        deviceIds: of('device'),
        aliases: kinds
          .filter((kind) => kind.startsWith('alias:'))
          .map((kind) => ({
            label: decodeURIComponent(kind.slice('alias:'.length)),
            names: of(kind),
          })),
      },
      operation: words[0]?.[0] === '-' ? 'REMOVE' : 'APPEND',
    };
  },
};
