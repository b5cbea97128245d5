import { vocabulary } from '../../redaction/known-words.ts';
import { redactWords } from '../../redaction/redact-words.ts';
import { redactSecrets } from '../../redaction/secrets.ts';
import { wordsTypedIn } from '../../redaction/typed.ts';

const MAX_LINES = 3;
const MAX_CHARACTERS = 600;

const SAYS_WHY =
  /fail|error|exception|cannot|could not|not (found|exist)|invalid|denied|exceed|candidate|did you mean/i;
const STACK = /^\s*(at [\w$.<>]+\(|\.\.\. \d+ more|Caused by: [\w.$]+$)/;
const ECHO = /^\s*(executing query|query):/i;

/** What Trino, Presto and Hive write beyond the vocabulary of all services. */
const VOCABULARY = vocabulary({
  words: `
    ast binder bucketed bucketing cbo clauses coerce coercion compiler container deserializer distinctness driver
    equijoin hadoop hdfs hive hook insertion io java jobtracker jvm lang mapjoin mapred mapredtask mapreduce mapper metadata metastore
    operator optimizer org apache parser physical planner planning ql exec mr tez presto prestodb
    prestosql facebook reducer semantic serde2 shuffle skewed spi spark splits stages thrift treasuredata
    trino td udaf udf udtf util vertex window worker workers yarn
    gc orderable comparable expecting mismatched extraneous alternative viable per-node overflowed
    negative nullable subtraction addition generic udfargument udfs nonaggregate lambda lambdas sql`,
  // The single letters are variables of types: `max(E)`.
  terms: 'grouping max_int hive presto td td-presto trino information_schema e k r t v',
});
/** `20261122_000102_00042_abcde` */
const QUERY_ID = /^\d{8}_\d{6}_\d{5}_[a-z0-9]{5}$/;

/**
 * What an engine wrote about a job that failed, cut to the lines that say why. A word is shown where it
 * is known or was typed, as names of columns and tables are; values that come out of the data are hidden.
 */
export function errorWords(
  outputs: readonly (string | null | undefined)[],
  typed: string,
  secrets: readonly string[],
): string {
  const safe = {
    vocabulary: VOCABULARY,
    isTyped: wordsTypedIn(typed),
    isSafe: (word: string) => QUERY_ID.test(word),
  };
  for (const output of outputs) {
    const lines = (output ?? '')
      .split('\n')
      .filter((line) => line.trim() !== '' && !STACK.test(line) && !ECHO.test(line));
    const telling = lines.filter((line) => SAYS_WHY.test(line));
    const shown = [...new Set(telling.length > 0 ? telling : lines)].slice(-MAX_LINES);
    if (shown.length === 0) continue;
    const words = shown
      .map((line) => redactWords(redactSecrets(line.trim(), secrets), safe).replace(/\.$/, ''))
      .join('; ');
    return words.length <= MAX_CHARACTERS ? words : `${words.slice(0, MAX_CHARACTERS)}…`;
  }
  return '';
}
