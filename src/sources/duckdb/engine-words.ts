import { hideConvertedValues } from '../../redaction/converted-values.ts';
import { vocabulary } from '../../redaction/known-words.ts';
import { redactWords, saysSomething } from '../../redaction/redact-words.ts';
import { wordsTypedIn } from '../../redaction/typed.ts';
import { isDataFile } from './file-names.ts';

/** What DuckDB writes beyond the vocabulary of all services. */
const VOCABULARY = vocabulary({
  words: `
    arrow asof autocast binder bitstring catalog century decade duckdb duckdb's epoch geometry
    geoparquet hugeint macro mix offload out-of-core parquet perl pin pivot pragma prefetch quantile
    quarter regex regexp rowid snappy sniff sniffing strftime strptime struct structs temp
    tprotocolexception uhugeint unaligned unpivot wal zlib`,
  terms: `
    all_varchar any_value auto_detect binder buffer_size column_names column_types columns
    comment compression dateformat decimal_separator delim delimiter dtypes encoding
    encryption_config escape filename files files_to_sniff force_not_null format glob header
    hive_partitioning hive_types hive_types_autocast ignore ignore_errors
    map_inference_threshold max_line_size maximum_depth maximum_object_size maximum_sample_files
    new_line normalize_names null_padding nullstr parallel parser quote read_csv read_csv_auto
    read_json read_json_auto read_json_objects read_parquet records rejects_limit rejects_scan
    rejects_table replace sample_size sep skip skip_rows store_rejects strict_mode thousands
    timestampformat types union_by_name unnest ±hh`,
});

/** Of a CSV error: the line itself, and the advice and options that come with every one. */
const ASIDE =
  /^(?:Original Line:|Possible |Potential |Column \S+ is being converted|This type was either|\* |(?!file\b)\w+ = )/;

export interface EngineWords {
  /** Lines are joined by `; `; empty where nothing may be shown. */
  readonly words: string;
  readonly hides: boolean;
}

/**
 * What DuckDB says, with `…` for what may come out of the data.
 * @param names that DuckDB itself suggests, of functions and types
 */
export function engineWords(
  message: string,
  { query, directory, names }: { query: string; directory: string; names: string },
): EngineWords {
  const safe = {
    vocabulary: VOCABULARY,
    isTyped: wordsTypedIn(`${query}\n${names}`),
    isSafe: (word: string) => isDataFile(word, directory),
  };
  const lines = hideConvertedValues(message, safe.isTyped)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !ASIDE.test(line))
    .map((line) => redactWords(line, safe))
    .filter(saysSomething);
  const words = lines.map((line) => line.replace(/\.$/, '')).join('; ');
  return { words, hides: words.includes('…') || lines.length === 0 };
}
