import { hideConvertedValues } from '../../redaction/converted-values.ts';
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
    apache ast binder cbo coerce coercion compiler container deserializer distinctness equijoin exec
    extraneous facebook gc generic hadoop hdfs hive hook java jobtracker jvm lang mapjoin mapred
    mapredtask mapreduce metastore mr nonaggregate orderable org per-node planner planning presto
    prestodb prestosql ql serde2 spark spi sql td tez thrift treasuredata trino udaf udf udfargument
    udfs udtf util vertex viable yarn`,
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
    const lines = hideConvertedValues(output ?? '', safe.isTyped)
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
