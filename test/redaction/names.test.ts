import { describe, expect, it } from 'vitest';
import { isSafeName, listNames } from '../../src/redaction/names.ts';
import { wordsTypedIn } from '../../src/redaction/typed.ts';

const nothing = wordsTypedIn('SELECT * FROM members');
const query = wordsTypedIn(
  'SELECT address_line_2, User_IDs, alias_label_1, "Alice Smith", sum(x1), 会員 FROM members',
);

describe('names of columns', () => {
  it.each([
    'user_ids',
    'User_IDs',
    'userId',
    'first_name',
    'Last Name',
    'email',
    'customer-id',
    'created_at',
    'is_active',
    'n',
    'column0',
    '_col12',
  ])('%s is made of ordinary words, and shown', (name) => {
    expect(isSafeName(name, nothing)).toBe(true);
  });

  it.each([
    'user1001',
    'JohnDoe42',
    'alice_smith',
    'Alice Smith',
    'u1',
    'AB12CD34EF',
    'address_line_2',
    'alice@example.com',
    'alice.smith',
    '4917012345678',
    '0197f3a2-0000-7000',
    '会員',
    'Emil',
    'email: alice',
    'column 4917',
  ])('%s may be an identifier, and is hidden', (name) => {
    expect(isSafeName(name, nothing)).toBe(false);
  });

  it.each(['address_line_2', 'user_ids', 'alias_label_1', 'Alice Smith', 'sum(x1)', '会員'])(
    '%s is shown where the query types it',
    (name) => {
      expect(isSafeName(name, query)).toBe(true);
    },
  );

  it.each(['line_2', 'gold_label', 'Smith Alice Jones', 'x'.repeat(5_000)])(
    'a part of a typed name is not enough: %s',
    (name) => {
      expect(isSafeName(name, query)).toBe(false);
    },
  );

  it('are a handful at most, where a file has a column for each user', () => {
    const users = Array.from({ length: 5_000 }, (_, at) => `alice_smith${at}`);
    expect(listNames(users, nothing)).toBe('5000 hidden because their names look like data');
  });

  it('are listed up to a limit, and the rest are counted', () => {
    const names = 'abcdefghijk'.split('');
    expect(listNames([...names, 'alice', 'bob'], nothing)).toBe(
      '"a", "b", "c", "d", "e", "f", "g", "h", 3 more, 2 hidden because their names look like data',
    );
    expect(listNames(['email', 'alice'], nothing)).toBe(
      '"email", 1 hidden because its name looks like data',
    );
  });
});
