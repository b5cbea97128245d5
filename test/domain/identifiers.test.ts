import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestFormat } from '../../src/destinations/braze/request-format.ts';
import { cellProblem, hasIdentifier, identifierProblem } from '../../src/domain/identifiers.ts';
import { InvalidValue } from '../../src/domain/rows.ts';

const rule = requestFormat.identifierProblem;

describe('an identifier', () => {
  it.each([' ', '\t\n', '\u00a0', '\u3000', '\ufeff '])(
    'is rejected as white space: %j',
    (value) => {
      expect(identifierProblem(value, rule)).toBe('contains only white space');
    },
  );

  it.each(['0', ' a ', 'é', '日本', '👩‍👩‍👧', '\u200b', 'x'.repeat(987), 'é'.repeat(493)])(
    'is accepted: %j',
    (value) => {
      expect(identifierProblem(value, rule)).toBeNull();
    },
  );

  it.each(['x'.repeat(988), 'é'.repeat(494), '日'.repeat(330)])(
    'is rejected for its length: %#',
    (value) => {
      expect(identifierProblem(value, rule)).toBe(
        'is longer than 987 bytes, the most that Braze accepts',
      );
    },
  );

  it('is rejected for half a character', () => {
    expect(identifierProblem('a\ud800b', rule)).toBe('is not valid Unicode text (UTF-8)');
  });

  it('is measured in bytes, whatever its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 600 }), (value) => {
        const tooLong = Buffer.byteLength(value) > 987;
        const isWhiteSpace = /^[\p{White_Space}\ufeff]*$/u.test(value);
        expect(identifierProblem(value, rule) === null).toBe(!isWhiteSpace && !tooLong);
      }),
    );
  });

  it('is rejected if it is white space of any kind in Unicode', () => {
    const whiteSpace = Array.from({ length: 0x1_0000 }, (_, code) =>
      String.fromCharCode(code),
    ).filter((character) => /[\p{White_Space}\ufeff]/u.test(character));
    expect(whiteSpace).toContain('\u0085');
    const unit = fc.constantFrom(...whiteSpace);
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 5 }), (value) => {
        expect(identifierProblem(value, rule)).toBe('contains only white space');
        expect(identifierProblem(`${value}x`, rule)).toBeNull();
      }),
      { examples: whiteSpace.map((character): [string] => [character]) },
    );
  });
});

describe('a cell', () => {
  it('finds the first problem of an array', () => {
    const wrong = new InvalidValue('is a DOUBLE', '1.5');
    expect(cellProblem(['a', null, '', wrong, ' '], rule)).toBe(wrong);
    expect(cellProblem(['a', ' '], rule)?.reason).toBe('contains only white space');
    expect(cellProblem(['a', null, ''], rule)).toBeNull();
  });

  it.each([
    [null, false],
    ['', false],
    [[], false],
    [[null, ''], false],
    [[null, 'a'], true],
    ['a', true],
  ])('%j holds an identifier: %s', (cell, expected) => {
    expect(hasIdentifier(cell)).toBe(expected);
  });
});
