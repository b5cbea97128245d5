import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { responseWords } from '../../src/destinations/braze/redact-response.ts';
import { vocabulary } from '../../src/redaction/known-words.ts';
import { isSafeName, listNames } from '../../src/redaction/names.ts';
import { redactWords } from '../../src/redaction/redact-words.ts';
import { wordsTypedIn } from '../../src/redaction/typed.ts';
import { engineFailed } from '../../src/sources/duckdb/error-text.ts';
import { errorWords } from '../../src/sources/treasure-data/engine-words.ts';
import { BRAZE_SHAPES, DUCKDB_SHAPES, TREASURE_DATA_SHAPES } from './message-shapes.ts';

const QUERY = "SELECT plan FROM 'customers.csv'";
const SERVICES = {
  DuckDB: {
    shapes: DUCKDB_SHAPES,
    words: (said: string) => {
      const kinds = ['Conversion', 'Catalog'];
      const texts = kinds.map((exception_type) => {
        const error = JSON.stringify({ exception_type, exception_message: said });
        return engineFailed(new Error(error), {
          query: QUERY,
          directory: '/nowhere',
          memoryMb: 1_000,
          isMemoryShare: false,
        }).message;
      });
      return texts.join('\n');
    },
  },
  'Treasure Data': {
    shapes: TREASURE_DATA_SHAPES,
    words: (said: string) => errorWords([said], QUERY, []),
  },
  Braze: {
    shapes: BRAZE_SHAPES,
    words: (said: string) => responseWords(JSON.stringify({ errors: [said] }), []),
  },
};

const GIVEN =
  `Alice Anna Ben Carlos Emily Emma Frank Grace Grant Hana Ines Jack Jan James Jean Jo John José
  Kenji Léa Liam Lukas Maria Mark Max May Mia Müge Noah Olivia Pat Paul Ray Rose Sophia Tom Will Yuki Zoë 花子 Иван`.split(
    /\s+/,
  );
const FAMILY =
  `Smith O'Brien D'Or García Müller Nguyen Tanaka Rossi Dubois Kowalski Jones Williams Brown
  Taylor Singh Kim Andersson 田中 Петров`.split(/\s+/);
const given = fc.constantFrom(...GIVEN);
const family = fc.constantFrom(...FAMILY);
const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

const fullName = fc
  .tuple(given, fc.constantFrom(' ', '_', '-', '.', ', ', '"', "'", ' `'), family)
  .map((parts) => parts.join(''));
const named = fc.oneof(
  given,
  family,
  fullName,
  fullName.map((name) => name.toLowerCase()),
);
const handle = fc
  .tuple(fc.oneof(given, fc.constantFrom('user', 'member', 'id', 'u')), digits(1, 8))
  .map((parts) => parts.join(''));
const email = fc
  .tuple(
    fc.array(fc.oneof(given, digits(1, 4), fc.constantFrom('error', 'user', 'first')), {
      minLength: 1,
      maxLength: 3,
    }),
    fc.constantFrom('.', '_', '+', '-', '=', '/', '!', '%', '&'),
    fc.constantFrom('example.com', 'value.org', 'mail.test.io', 'bücher.example'),
  )
  .map(([parts, joint, domain]) => `${parts.join(joint)}@${domain}`);
const phone = fc
  .tuple(digits(1, 3), fc.array(digits(2, 4), { minLength: 2, maxLength: 4 }))
  .map(([country, groups]) => [`+${country}`, ...groups].join(' '));
const token = fc.oneof(
  fc.uuid(),
  fc.uuid().map((uuid) => uuid.toUpperCase()),
  fc.base64String({ minLength: 12 }).map((text) => `${text.slice(0, 6)}7${text.slice(6)}`),
  digits(1, 6).map((number) => `user-${number}`),
);
const unicode = fc
  .array(fc.constantFrom('会', '員', 'ñ', 'ß', 'Ω', 'ж', 'é', '👩', '\u0301', 'ı', '𝒜'), {
    minLength: 1,
  })
  .map((letters) => letters.join(''));
const identifier = fc.oneof(named, handle, email, phone, token, unicode, digits(1, 20));

const wordsOf = (text: string) => text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
const filled = (shape: string, value: string) => shape.replaceAll('{}', () => value);

/** The words that are not among the others, or not as often. */
function without(words: readonly string[], others: readonly string[]): string[] {
  const rest = [...others];
  return words.filter((word) => {
    const at = rest.indexOf(word);
    if (at !== -1) rest.splice(at, 1);
    return at === -1;
  });
}

describe.each(Object.entries(SERVICES))('what %s says', (_, { shapes, words }) => {
  it('shows nothing of the values in it, whatever they are', () => {
    for (const shape of shapes) {
      const expected = wordsOf(words(filled(shape, 'Zqxjk')));
      fc.assert(
        fc.property(identifier, (value) => {
          const shown = wordsOf(words(filled(shape, value)));
          expect({ shape, more: without(shown, expected) }).toEqual({ shape, more: [] });
        }),
        { numRuns: 60 },
      );
    }
  });

  it('is shown but for its values', () => {
    const hidden = (text: string) => text.replace(/(?<=…)\.$/, '').replace(/[.!]+$/, '');
    const wrong = shapes.flatMap((shape) => {
      const expected = filled(shape, '…').replace(/…(?:(?:[\s,='"`*|+]{1,5})…)+/g, '…');
      const shown = words(filled(shape, 'Zqxjk'));
      return shown.includes(hidden(expected)) ? [] : [{ expected, shown }];
    });
    expect(wrong).toEqual([]);
  });
});

describe('names of columns', () => {
  it('that may be identifiers are never shown', () => {
    const safe = wordsTypedIn('SELECT user_ids FROM members');
    fc.assert(
      fc.property(fc.oneof(named, handle, email, phone, token, unicode, digits(1, 20)), (name) => {
        expect(listNames([name, 'email'], safe)).toBe(
          '"email", 1 hidden because its name looks like data',
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('the vocabulary', () => {
  it('holds no given names', () => {
    const safe = {
      vocabulary: vocabulary({ words: '', terms: '' }),
      isTyped: () => false,
    };
    const known = GIVEN.filter((name) => redactWords(name.toLowerCase(), safe) !== '…');
    expect(known).toEqual([]);
    expect(GIVEN.filter((name) => isSafeName(name, () => false))).toEqual([]);
  });
});
