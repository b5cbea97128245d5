/**
 * Words that may be shown in text of others, as none of them says who a person is.
 * Given names stay out even where they are also words: `will`, `may`, `mark`, `grant`, `max`.
 */
export interface Vocabulary {
  /** Ordinary words of error messages; in quotes they may be a value, and are hidden. */
  readonly words: ReadonlySet<string>;
  /** Names of the field: types, keywords, parameters, words of column names. Shown in quotes, too. */
  readonly terms: ReadonlySet<string>;
}

/** Stems: `s`, `es`, `ed`, `d` and `ing` may follow. */
const ENGLISH = `
  a abort about above absolute accept access according account accurate acquire across action active
  actual add addition additional address adjust affected after again against aggregate alias aligned
  alignment all allocate allocation allow already also alter alternative always ambiguous amount an
  analysis analyze and another any anything apart api appear appended application applied apply
  approximate archive are argument arithmetic around array as assertion assign assignment at
  attached attempt attribute authenticate authentication authorization authorized auto automatic
  automatically available average avoid away back backslash bad base batch be because become been
  before begin beginning behavior being belong below better between beyond big bigger bind bindings
  bit blank block body boolean both bound boundary bracket branch broken bucket budget buffer bug
  build built busy but by byte cache calculate calculation call can can't cancel cancelled candidate
  cannot capacity cascade case cast cause certificate change character check child children choice
  choose chunk class clause client close cluster code collation collect collection column
  combination combine come comma command comment commit common communicate comparable compare
  comparison compatible compile complete complex comply component compress compression compute
  concurrent condition configuration configure conflict connect connection consider consist
  consistent constant constraint construct constructor consumer contact contain content context
  continue control conversion convert coordinator copy correct correction correctly correlated
  corrupt corruption could couldn't count crash create creation credential cross current currently
  cursor custom cut cyclic damage data database date day deadline decimal declare decode decompress
  decompression decrease deep default defined definition delay delete delimiter delta denied depend
  dependency dependent deprecated depth derive describe descriptor deserialize destination detail
  detect determine device diagnostic dialect dictionary did didn't differ difference different digit
  dimension directly directory disable disk dispatch display distinct distribute distribution divide
  dividend division divisor do document does doesn't don't done double down download driver drop
  dropped due duplicate duration during dynamic e.g each early effect efficient either element else
  empty enable enclosed encode encounter encrypt encryption end endpoint enforce engine enough
  ensure entire entity entries entry equal equality equivalent error escape especially etc evaluate
  even event every exact exactly example exceed except exception excess exchange exclude exclusive
  execute execution executor exhausted exist exit expand expect expired explicit explicitly
  expression extension external extra extract fail failure false fatal feature fetch few fewer field
  file fill filter final find finish first fit fix flag float follow footer for forbidden force
  foreign form format formatting forward found fraction frame free from full fully function further
  future gateway general generate generator get give given glob global globbed got greater group
  guess had half handle happen has hash have haven't header heap help here hex hexadecimal high
  higher hint hit hold host hour how however i.e id identical identifier identify identity ids if
  ignore illegal immediately implement implementation implicit implicitly import important
  impossible in inactive include inclusive incompatible incomplete inconsistent incorrect
  incorrectly increase increment index indices infer inference inferred infinite infinity info
  information initialization initialize inner input insensitive insert insertion inside install
  instance instant instead insufficient integer intermediate internal interrupt into invalid invoke
  involve io ip is isn't issue it item iteration iterator its itself job join just keep key keyword
  kill kind know known label lack lambda language large larger last late later lateral layout lead
  least leave left length less letter level library like likely limit line linear link list literal
  load local locate location lock log logarithm logger logic logical long longer look loop lost low
  lower lowercase machine made magic main maintenance make malformed manager manifest manual
  manually many map mapper mapping match materialize maximum mean meant measure mechanism member
  memory merge message metadata method microsecond middle might milliseconds min_length minimum
  minute misaligned mismatch misplaced missing mixed mode modifier modify moment month more most
  move much multi multipart multiple multiplication must mutable name nanosecond native near nearest
  need negative neither nested network never new newer newline next no node non non-existent none
  nonexistent nonnegative nor normal not note nothing now null nullable number numeric numerical
  object observed obtain occur occurred occurrence of off offset old older omit on once one only
  open operand operation operator optimize optimizer option optional or order ordinal origin
  original other otherwise our out outer output outside outstanding over overflow overhead overlap
  overload override own owner package pad padding page pair parallel parameter parent parentheses
  parenthesis parse parser part partial partially partition partner pass password past path pattern
  paused payload pending per percent percentage percentile perform perhaps permission permitted
  persist physical pipeline place placeholder plan please point pointer pool populate port position
  positional positive possible possibly potential potentially power precede precision predicate
  prefix prepare presence present preserve prevent previous previously primary primitive printing
  prior priority probably problem procedure process produce progress prohibited project projection
  proper properly property protocol provide proxy push qualified qualifier quantifier queries query
  queue quota quote raise random range rank rate reach read reader real reason receive recent
  recognize record recover recursion recursive redacted reduce reducer refer reference referred
  referring refuse region register regular reject related relation relative release remain remote
  remove rename repeat repetition replace replacement report represent representation request
  require reserve reset resolve resource response restart restrict resubmit result resume retried
  retries retry return reverse revert rewrite right role root row rule run running runtime same
  sample scalar scale scan schedule schema scope script search second secret section see select
  selection semantic send sensitive sent separate separator sequence serialize serializer server
  service session set setting setup several shape share shift should show shuffle side sign
  signature signify similar simple simply since single single-line size skew skip skipped skipping
  slice slow small smaller snapshot sniffer so socket solution solve some somehow someone something
  sort source space special specific specification specified specifier specify spill split stack
  stage standard start state statement static statistics status step still stop stopped storage
  store stream strict string structure style sub submit subqueries subquery subscript subset
  substring subtraction succeed success successful successfully such suffix suggest sum summary
  supplied support suppress sure surrogate swap switch symbol syntax system table tag take talk
  target task temporarily temporary term terminate test text than that the their them then there
  therefore these they this those though thread threshold through throughput throw thrown time
  timeout timezone to together token too top total traffic trailing transaction transform
  transformation transient transition translate transport tree trigger trim true truncate truncation
  try turn twice two type unable unassigned unauthorized unavailable unbound unclosed uncompressed
  undefined under underflow underlying unescaped unexpected unexpectedly unhandled unicode unified
  uniform unimplemented union unique unit unknown unless unnamed unqualified unquoted unreachable
  unrecognized unresolved unsafe unsigned unsupported unterminated until unusable unused up update
  upper uppercase upstream uri url usage use user usually valid validate validation value variable
  variant vector verification verify version vertical via view violate violation visible wait want
  warning was wasn't way we well were what when where whether which while white whitespace who whole
  whose width wildcard window with within without word work worker would wrap write written wrong
  xml year yet you your zero zone`;

/** SQL as engines quote it, and the types of all three engines. */
const SQL = `
  aggregate all alter analyze and any array as asc ascii base-10 base64 between bigint bignum binary
  bit blob bool boolean both bpchar by case cast catalog char character column columns corresponding
  create cross csv cte cube current database date datetime decimal delete desc describe distinct
  double dynamic else end enum eof escape except exclude exists explain expression false fetch
  filter first float float32 float4 float64 float8 following for format from full function geometry
  group grouping gzip having hh html http https hugeint identifier if in inner insert int int1
  int128 int16 int2 int32 int4 int64 int8 integer intersect interval into ipaddress is iso-8601
  iso8601 join json jsonpath lateral latin-1 left like limit list long map merge mm ms nan natural
  not null nullif nulls number numeric of offset on only or order ordinality outer over parquet
  partition preceding prepare qualify query range real recursive replace respect respecting right
  rollup row rows schema select set sets short show similar smallint some sql ss string struct
  subset table tables tablesample text then ties time timestamp timestamp_ms timestamp_ns
  timestamp_s timestamp_us timestamptz timetz tinyint to true try try_cast tsrange tsv ubigint
  uhugeint uint128 uint16 uint32 uint64 uint8 uinteger unbounded union unknown unnest us use using
  usmallint utf utf-16 utf-8 utf8 utinyint uuid values varbinary varchar variant view void when
  where window with within without yyyy-mm-dd zstd`;

/** Words that names of columns are made of. */
const COLUMN_WORDS = `
  account accounts action active activity ad address age agent alias aliases amount android app
  apple at audience birth birthdate birthday brand braze browser by campaign cart category channel
  city click client code cohort company consent contact count country coupon created creation
  currency customer customers data date datetime day days deleted delivery department description
  device deviceid deviceids devices domain email emails enabled end event events expires external
  family first firstname flag from full fullname gender google group guid has hash hashed home hour
  id identifier identifiers idfa idfv ids in index ios is item key label language last lastname
  latitude level line list locale location login longitude loyalty mail mailing member members
  membership message middle mobile modified month name names newsletter no not notification number
  numbers of on opt order orders origin owner parent partner payment per phone phones plan platform
  points postal postcode price product profile profiles province purchase push quantity reason
  recipient record referrer region registered registration revenue row score segment segments sent
  session sex shop signup since source star start state status store street subscribed subscriber
  subscription sum surname tag tags telephone tenant tier time timestamp timezone title to token
  total transaction type uid union updated url user userid userids username users uuid value values
  version visit was week with year zip`;

const SUFFIXES = ['s', 'es', 'ed', 'd', 'ing', "'s"];
/** `in` and `es` are the name Ines: short words take no suffix. */
const SHORTEST_STEM = 3;

function wordSet(...lists: readonly string[]): Set<string> {
  return new Set(lists.flatMap((list) => list.split(/\s+/)).filter((word) => word !== ''));
}

function withSuffixes(words: ReadonlySet<string>): Set<string> {
  const stems = [...words].filter((word) => word.length >= SHORTEST_STEM);
  const inflected = stems.flatMap((stem) => [
    ...SUFFIXES.map((suffix) => `${stem}${suffix}`),
    stem.endsWith('e') ? `${stem.slice(0, -1)}ing` : stem,
  ]);
  return new Set([...words, ...inflected]);
}

/** Names that engines give to columns without one. */
export const GENERATED_NAME = /^(?:column|_col|_c)\d{1,4}$/;

export const columnWords: ReadonlySet<string> = wordSet(COLUMN_WORDS);
const words = withSuffixes(wordSet(ENGLISH));
const terms = wordSet(SQL, COLUMN_WORDS);

/** What all services have in common, and the words and terms of one of them, separated by space. */
export function vocabulary(own: { readonly words: string; readonly terms: string }): Vocabulary {
  return {
    words: new Set([...words, ...withSuffixes(wordSet(own.words))]),
    terms: new Set([...terms, ...wordSet(own.terms)]),
  };
}
