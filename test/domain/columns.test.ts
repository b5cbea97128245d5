import { describe, expect, it } from 'vitest';
import { planColumns } from '../../src/domain/columns.ts';
import type { ExportError } from '../../src/domain/failures.ts';
import { wordsTypedIn } from '../../src/redaction/typed.ts';

const NOTHING_TYPED = wordsTypedIn('');

function failure(found: string[], aliases: string[], query = ''): ExportError {
  try {
    planColumns(found, aliases, wordsTypedIn(query));
  } catch (error) {
    return error as ExportError;
  }
  throw new Error('the columns were taken');
}

describe('the columns of a result', () => {
  it('are taken by exact name, others are ignored', () => {
    expect(planColumns(['n', 'email', 'device_ids', 'user_ids'], ['email'], NOTHING_TYPED)).toEqual(
      {
        columns: [
          { kind: 'aliases', name: 'email', index: 1 },
          { kind: 'deviceIds', name: 'device_ids', index: 2 },
          { kind: 'userIds', name: 'user_ids', index: 3 },
        ],
        ignored: ['n'],
      },
    );
  });

  it('need an identifier column', () => {
    const error = failure(['User_IDs', 'mail'], []);
    expect(error.type).toBe('MissingColumns');
    expect(error.message).toContain('user_ids (did you mean "User_IDs"?)');
    expect(error.message).toContain('"User_IDs", "mail"');
  });

  it('are not named where they look like data, as in a file without a header', () => {
    const error = failure(['alice@example.com', '0197f3a2-0000-7000', 'n'], ['email']);
    expect(error.message).toContain('"n", 2 hidden because their names look like data');
    expect(error.message).not.toContain('alice');
  });

  it('are named where the query types them, whatever they look like', () => {
    const found = ['u1001', 'Alice Smith', 'address_line_2'];
    const typed = 'SELECT u1001, "Alice Smith", address_line_2 FROM members';
    expect(failure(found, [], typed).message).toContain('"u1001", "Alice Smith", "address_line_2"');
    expect(failure(found, [], 'SELECT * FROM members').message).toContain(
      'Its columns: 3 hidden because their names look like data.',
    );
  });

  it('need every alias', () => {
    const query = "SELECT user_ids, emial FROM 'members.csv'";
    const error = failure(['user_ids', 'emial'], ['email', 'phone'], query);
    expect(error.type).toBe('MissingColumns');
    expect(error.message).toContain(
      'the alias column "email" is not in the result (did you mean "emial"?)',
    );
    expect(error.message).toContain('the alias column "phone" is not in the result');
  });

  it('must not share a name that is sent', () => {
    expect(failure(['user_ids', 'user_ids'], []).message).toContain('two columns named "user_ids"');
    expect(planColumns(['user_ids', 'n', 'n'], [], NOTHING_TYPED).ignored).toEqual(['n', 'n']);
  });
});
