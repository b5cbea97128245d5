import { describe, expect, it } from 'vitest';
import { vocabulary } from '../../src/redaction/known-words.ts';
import { redactWords } from '../../src/redaction/redact-words.ts';
import { wordsTypedIn } from '../../src/redaction/typed.ts';

const QUERY = "SELECT CAST(customer AS INTEGER) AS user_ids FROM t WHERE tier = 'gold'";
const safe = { vocabulary: vocabulary({ words: '', terms: '' }), isTyped: wordsTypedIn(QUERY) };

describe('the value that a conversion error quotes', () => {
  it.each([
    ["Could not convert string 'customer error value' to INT32", "'…' to INT32"],
    ["Could not convert string 'customer' to INT32", "'…' to INT32"],
    ["Could not convert string 'null table' to INT32 when", "'…' to INT32"],
    ["Could not convert string 'user's value' to INT32", "'…' to INT32"],
    ["Couldn't convert 'error' to INT64", "'…' to INT64"],
    ["Cannot cast 'value' to BIGINT", "'…' to BIGINT"],
    ['Failed to cast value to numerical: "user"', '"…"'],
    ['Could not parse string "date" according to', '"…" according to'],
    ["Could not convert string 'customer error\nwhite page' to INT32", "'…' to INT32"],
    [`Could not convert string '${'white '.repeat(500)}' to INT32`, "'…' to INT32"],
    ["Could not convert string 'white page", "'…'"],
    ['Conversion failed for value "white page" in line 1', '"…" in line 1'],
    ['date field value out of range: "white"', '"…"'],
    ["Value cannot be cast to date: 'white page'", "to date: '…'"],
  ])('is hidden, though its words are ordinary or typed elsewhere: %s', (said, shown) => {
    const words = redactWords(said, safe);
    expect(words).toContain(shown);
    expect(words).not.toMatch(/white|page/);
  });

  it('is shown where the query has it as a literal', () => {
    const said = "Cannot cast 'gold' to BIGINT";
    expect(redactWords(said, safe)).toBe(said);
  });
});
