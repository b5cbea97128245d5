import { describe, expect, it } from 'vitest';
import { errorWords } from '../../../src/sources/treasure-data/engine-words.ts';

const QUERY = "SELECT CAST(user_id AS bigint) AS user_ids FROM members WHERE plan = 'gold'";
const KEY = `1/${'a'.repeat(40)}`;
const words = (...outputs: (string | null)[]) => errorWords(outputs, QUERY, [KEY]);

describe('an engine’s words about a failed job', () => {
  it.each([
    [
      "Query 20261122_000102_00042_abcde failed: line 1:13: Column 'user_id' cannot be resolved",
      "Query 20261122_000102_00042_abcde failed: line 1:13: Column 'user_id' cannot be resolved",
    ],
    [
      'Query failed: Table hive.d.membres does not exist',
      'Query failed: Table hive.d.membres does not exist',
    ],
    [
      'Binder Error: Referenced column "user_idz" not found! Candidate bindings: "user_id", "email"',
      'Binder Error: Referenced column "user_idz" not found! Candidate bindings: "user_id", "email"',
    ],
    [
      "FAILED: SemanticException [Error 10004]: Line 1:7 Invalid table alias or column reference 'usr'",
      "FAILED: SemanticException [Error 10004]: Line 1:7 Invalid table alias or column reference 'usr'",
    ],
  ])('keep names and places: %s', (said, shown) => {
    const typed = 'd\nSELECT user_id, user_idz, usr FROM membres';
    expect(errorWords([said], typed, [KEY])).toBe(shown);
  });

  it.each([
    "line 1:8: Column 'foo' cannot be resolved",
    "line 1:15: Table 'td-presto.d.members' does not exist",
    "line 1:8: Function 'td_tme_range' not registered",
    "line 2:3: Column 'user_id' is ambiguous",
    "line 3:5: mismatched input 'FORM'. Expecting: ',', 'EXCEPT', 'FROM', 'GROUP', 'WHERE', <EOF>",
    "line 1:32: '=' cannot be applied to varchar, bigint",
    'line 1:8: \'"user_id"\' must be an aggregate expression or appear in GROUP BY clause',
    'line 1:8: Unexpected parameters (varchar(3), bigint) for function td_tme_range. Expected: td_tme_range(E, bigint) E:orderable',
    "Column alias list has 2 entries but 'members' has 3 columns available",
    'Access Denied: Cannot select from columns [user_id, email] in table or view members',
    'Query exceeded per-node memory limit of 8GB [Allocated: 7.99GB, Delta: 1.04MB]',
    'Query exceeded maximum time limit of 6.00h',
    'Insufficient resources at the moment. Please try again later',
    'Division by zero',
    'Scalar sub-query has returned multiple rows',
    "FAILED: ParseException line 1:14 cannot recognize input near 'FORM' 'members' '<EOF>' in from clause",
    "FAILED: SemanticException [Error 10001]: Line 1:14 Table not found 'members'",
    "FAILED: SemanticException [Error 10025]: Line 1:7 Expression not in GROUP BY key 'user_id'",
    'FAILED: Execution Error, return code 2 from org.apache.hadoop.hive.ql.exec.mr.MapRedTask',
    'java.lang.OutOfMemoryError: Java heap space',
    'Error: GC overhead limit exceeded',
  ])('are shown in full, as none comes from the data: %s', (said) => {
    const typed = 'd\nSELECT foo, user_id, td_tme_range(time, 1) FORM members';
    expect(errorWords([said], typed, [])).toBe(said);
  });

  it.each([
    [
      'Value alice cannot be represented as varchar(3)',
      'Value … cannot be represented as varchar(3)',
    ],
    [
      'Value 300 cannot be represented as varchar(2)',
      'Value … cannot be represented as varchar(2)',
    ],
    ['Unexpected token JohnDoe42 in input', 'Unexpected token … in input'],
    ['Invalid JSON: alice is bad', 'Invalid JSON: … is bad'],
    ['Unknown country code alice42', 'Unknown country code …'],
    ['failed: alice@example.com is not a member', 'failed: … is not a member'],
    ['Member Alice Smith (born 12.03.1985) is invalid', 'Member … (…) is invalid'],
    ["Cannot cast 'Small' to BIGINT", "Cannot cast '…' to BIGINT"],
    ['User not found: 49170123', 'User not found: …'],
    ["Cannot cast '06 12 34 56 78' to INTEGER", "Cannot cast '…' to INTEGER"],
    ['Invalid phone: +49 170 1234567', 'Invalid phone: …'],
    ["Query failed: Cannot cast 'anna' to BIGINT", "Query failed: Cannot cast '…' to BIGINT"],
    [
      "Conversion Error: Could not convert string 'anna' to INT64",
      "Conversion Error: Could not convert string '…' to INT64",
    ],
    [
      'Query failed: Value cannot be cast to date: 2026-13-01',
      'Query failed: Value cannot be cast to date: …',
    ],
    ["Query failed: Cannot cast 'O'Brien' to BIGINT", "Query failed: Cannot cast '…' to BIGINT"],
    ["Cannot cast 'A' B' C' to BIGINT", "Cannot cast '…' to BIGINT"],
    ["Cannot cast 'D'Or O'Brien' to BIGINT", "Cannot cast '…' to BIGINT"],
    [
      "Query failed: Cannot cast 'anna\nberta' to BIGINT",
      "Query failed: Cannot cast '…' to BIGINT",
    ],
    [
      "Query failed: Cannot cast 'error\nnull value' to BIGINT",
      "Query failed: Cannot cast '…' to BIGINT",
    ],
    ["Couldn't convert 'anna' to INT64", "Couldn't convert '…' to INT64"],
    [
      'java.lang.NumberFormatException: For input string: "anna"',
      'java.lang.NumberFormatException: For input string: "…"',
    ],
    [
      'Query failed: Not a valid base-10 number: anna',
      'Query failed: Not a valid base-10 number: …',
    ],
    ['Query failed: Out of range for integer: 300000', 'Query failed: Out of range for integer: …'],
    ['Query failed: Invalid UUID: anna', 'Query failed: Invalid UUID: …'],
    [
      "Conversion Error: Type INT64 with value 4917 can't be cast because the value is out of range",
      "Conversion Error: Type INT64 with value … can't be cast because the value is out of range",
    ],
    ['Cannot convert value anna to BIGINT', 'Cannot convert value … to BIGINT'],
    ['Query failed: Key not present in map: anna', 'Query failed: Key not present in map: …'],
    [
      'Query failed: Duplicate map keys (anna) are not allowed',
      'Query failed: Duplicate map keys (…) are not allowed',
    ],
    [
      'Query failed: bigint multiplication overflow: 4917 * 8',
      'Query failed: bigint multiplication overflow: …',
    ],
    ['Invalid Input Error: anna', 'Invalid Input Error: …'],
    ["Invalid Input Error: anna's", 'Invalid Input Error: …'],
    [
      'Out of Range Error: Overflow in multiplication of INT64 (4917012345678 * 8)!',
      'Out of Range Error: Overflow in multiplication of INT64 (…)!',
    ],
    ['CSV Error on Line: 12\nOriginal Line: anna,1,2', 'CSV Error on Line: 12'],
    ['Error\nfailed to parse. Original Line: anna,1,2', 'Error; failed to parse. Original Line: …'],
    [
      'FAILED: Hive Runtime Error while processing row {"user_id":"anna"}',
      'FAILED: Hive Runtime Error while processing row {"user_id":"…"}',
    ],
    ['Query failed: no such member anna@example.com', 'Query failed: no such member …'],
    ['Query failed: member 4917012345678 is twice there', 'Query failed: member … is twice there'],
  ])('mask values: %s', (said, shown) => {
    expect(words(said)).toBe(shown);
  });

  it('keep what the query itself says', () => {
    expect(words("Query failed: Cannot cast 'gold' to BIGINT")).toBe(
      "Query failed: Cannot cast 'gold' to BIGINT",
    );
  });

  it('do not contain the key', () => {
    expect(words(`Query failed: key ${KEY} is not allowed`)).toBe(
      'Query failed: key [redacted] is not allowed',
    );
  });

  it('are the lines that say why, without stacks and the query', () => {
    const said = [
      'started at 2026-11-22T00:00:00Z',
      `executing query: ${QUERY}`,
      'Query failed: Table members does not exist.',
      '  at io.trino.Analyzer.run(Analyzer.java:12)',
      '  ... 12 more',
    ];
    expect(words(said.join('\n'))).toBe('Query failed: Table members does not exist');
  });

  it('come from the first output that has any, and are cut', () => {
    expect(words(null, '', 'Query failed: a', 'b')).toBe('Query failed: a');
    expect(words('failed '.repeat(200))).toHaveLength(601);
    expect(words('x'.repeat(2_000))).toBe('…');
    expect(words(null, '')).toBe('');
  });
});
