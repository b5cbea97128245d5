/**
 * Words that may be shown wherever somebody else wrote them, as none of them says who a person is.
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
  a abort about above absolute accept access according account across action active actual add addition additional
  address adjust after again against aggregate alias aliases all allocate allow allowed already also alter
  always ambiguous amount an analysis analyze and another any anything apart api appear appended
  application apply applied approximate are argument arithmetic around array as assign at attached attempt
  attribute authenticate authentication authorized authorization automatic automatically available avoid away
  back backslash bad base based batch be because become been before begin beginning behavior being below better
  between beyond big bigger bind bit blank block body boolean both bound boundary bracket branch broken
  bucket budget buffer bug build built busy but by byte
  cache calculate call can can't cancel canceled cancelled cannot case cast cause certificate change
  character check child choose class clause client close cluster code collation collect collection column
  combination combine come comma command comment commit common comparable compare comparison compatible
  compile complete complex component compress compression compute concurrent condition configuration
  configure conflict connect connection consider consist constant constraint construct contact contain
  content context continue control conversion convert coordinator copy correct correctly correlated
  corrupt could couldn't count create creation credential cross current currently cursor custom cut cyclic
  damage data database date day deadline decimal declare decode decompress decompression decrease deep
  default defined definition delay delete deleted delimiter denied dependency dependent deprecated depth
  derive describe descriptor deserialize destination detail detect detected determine device dialect did didn't
  differ different digit dimension directly directory disable disk dispatch display distinct distribute
  divide dividing division do document does doesn't done don't double down download driver drop dropped due
  duplicate during duration dynamic
  each early either element else empty enable encode encounter encrypt encryption end endpoint enforce
  engine enough ensure entire entity entries entry equal equality error escape especially evaluate
  even event every exact exactly example exceed except exception excess exchange exclude exclusive execute executing
  execution executor exhausted exist exit expand expect expected expired explicit explicitly expression
  extension external extra extract
  fail failure false fatal feature fetch few fewer field file fill filter final find finish first fit fix
  fixed flag float floating follow following for forbidden force foreign form format forward found fraction
  frame free from full fully function further future
  gateway general generate get give given glob globbed global goes good got greater group guess
  had half handle handled happen has hash have haven't having header heap help here hexadecimal high
  higher hint hit hold host hour how however
  id ids identical identifier identify identity if ignore ignored illegal immediately implement implicit implicitly
  import important impossible in inactive include including inclusive incompatible incomplete inconsistent
  incorrect incorrectly increase increment index indexes indices inference infinite infinity inner input
  insensitive insert inside instance instant instead insufficient integer intermediate internal interrupt
  into invalid invoke ip is isn't issue it item iteration its itself
  job join just
  keep key keyword kill kind know known
  label lack lambda language large larger last late later lateral layout lead leading least leave left length
  less letter level library like likely limit line link list literal load local locate location lock log
  logarithm logic logical long longer look loop lost low lower
  machine made main maintenance make malformed manager manifest manual manually many map mapper mapping
  match maximum me mean meant measure member memory merge message metadata method microsecond middle
  milliseconds minimum minute mismatch misplaced missing mixed mode modifier modify month more most move
  much multiple multiplication must mutable
  name nanosecond native near nearest need needs negative neither nested network never new newer newline
  next no node non none nonexistent nonnegative nor normal not note nothing now null number numeric
  numerical
  object observed occur occurred of off offset old older omit on once one only open operand operation
  operator optimize optimizer option optional or order ordered ordinal origin original other otherwise our out outer
  output outside over overflow overlap overload own owner
  package pad page pair parallel parameter parent parenthesis parentheses parse parser part partial
  partially partition partner pass password past path pattern payload pending per percent percentage
  perform permission permitted persist physical pipeline place placeholder plan please point pointer pool
  populate port position positional positive possible power precede preceding precision predicate prefix prepare prepared
  presence present preserve prevent previous primary primitive prior priority probably problem procedure
  process processing produce prohibited project projection proper properly property protocol provide
  provided proxy push
  qualified qualifier quantifier query queries queue quota quote quoted
  raise random range rank rate reach read reader reading real reason receive recent recognize recognized record
  recover recursion recursive redacted reduce reducer reference referencing referred referring refuse refused
  region register registered regular reject related relation relative release remain remote remove rename
  repeat repetition replace replacement report represent request require reserved reset resolve resource
  response restart restrict restricted result resume resubmit retried retries retry retrying return reverse right role root
  row rule run running runtime
  same sample sampling scalar scale schedule schema scope script search second section secret see select
  selection semantic send sensitive sent separate separator sequence serialize serializer server service
  session set setting several shape share shift should show shuffle side sign signature similar simple simply
  since single size skew skip skipped slice slow small smaller snapshot so socket some someone something
  sort source space special specific specification specified specifier specify split spill stack stage standard start
  started state statement static statistics status step still stop stopped storage store stored stream
  strict string structure style sub submit subquery subqueries subscript subset substring subtraction
  succeed success successful successfully such suffix suggest supplied support supported suppress sure
  surrogate swap switch syntax system
  table take tag target task temporarily temporary term terminate test text than that the their them then
  there therefore these they thing this those though thread threshold through throughput throw thrown time
  timeout timed times timezone to together token too top total traffic trailing transaction transform
  transient translate transport tree trigger trim true truncate try trying turn two type typed
  unable unauthorized unavailable unbound unbounded uncompressed undefined under underflow underlying
  unescaped unexpected unhandled unicode unified union unique unit unknown unless unquoted unreachable
  unrecognized unresolved unsafe unsigned unsupported unterminated until unused unusable up update upper
  upstream url usage use used user using usually
  valid validate validation value variable variant vector version via view violate violation visible
  wait want warning was way we well were what when where whether which while white whitespace who whole
  whose width wildcard window with within without word work worker would write writing written wrong
  xml year yet yield you your zero zone
  auto detected comply rows quotes ending dividend divisor sum percentile exceeds being contains
  allocation alternative automatically average bindings binding candidate capacity children choice choose chunk
  constructor crash crashed delta depend diagnostic dictionary difference efficient effect encoding enabling equivalent
  footer formatting generator implementation impose info information initialization initialize insertion install installed
  iterator linear logger magic materialize materialized might min_length mechanism moment nullable obtain occurrence
  outstanding overhead override padding possibly potential potentially printing progress refer representation
  reserve scan setup signify skipping solution summary talk top transformation transition truncation twice
  unimplemented unqualified valid verification verify wasn't unnamed involve unclosed perhaps previously inferred infer
  correction accurate affected aligned alignment assignment assertion belong calculation consistent corruption enclosed
  lowercase uppercase meaning misaligned multi multipart non-existent paused permitted refers
  e.g i.e etc consumer distribution hex io revert task rewrite single-line solving sniffer somehow symbol unexpectedly unassigned uri uniform vertical wrap acquire archive communicate cascade`;

/** SQL as engines quote it, and the types of all three engines. */
const SQL = `
  aggregate all alter analyze and any array as asc between both by case cast catalog column columns
  corresponding create cross current cube cte database delete desc describe distinct else end eof escape except
  exclude exists explain false fetch filter first following for format from full function group grouping
  having if in inner insert intersect interval into is join json lateral left like limit merge
  natural not null nullif nulls of offset on only or order ordinality outer over partition preceding prepare
  qualify range recursive replace respect respecting right rollup row rows schema select set sets
  show similar some subset table tables tablesample then ties time timestamp to true try try_cast unbounded union unnest
  use using values view when where window with within without
  identifier number integer string expression query eof
  bigint bignum binary bit blob bool boolean bpchar char character date datetime decimal double dynamic
  enum float geometry hugeint int integer ipaddress json jsonpath list long map null number numeric real
  short smallint string struct text timestamptz timetz tinyint tsrange ubigint uhugeint uinteger
  usmallint utinyint unknown uuid varbinary varchar variant void
  int1 int2 int4 int8 int16 int32 int64 int128 uint8 uint16 uint32 uint64 uint128 float4 float8 float32 float64
  timestamp_s timestamp_ms timestamp_ns timestamp_us nan utf utf8 utf-8 utf-16 latin-1 ascii base64 base-10
  iso-8601 iso8601 yyyy-mm-dd hh mm ss ms us csv gzip http https html parquet sql tsv zstd`;

/** Words that names of columns are made of. */
const COLUMN_WORDS = `
  account accounts action active activity ad address age agent alias aliases amount android app apple
  audience birth birthday birthdate brand braze browser campaign cart category channel city click client
  code cohort company consent contact country count coupon created creation currency customer customers
  data date datetime day days delivery department description device deviceid deviceids devices domain email emails
  enabled end event events expires external family first flag from full gender google group hash hashed
  home hour id idfa idfv ids identifier identifiers index ios item key label language last lastname firstname fullname latitude
  level line list locale location login longitude loyalty mail mailing member members membership message
  middle mobile modified month name names newsletter notification number numbers opt order orders origin
  owner parent partner payment phone phones plan platform points postal postcode price product
  profile profiles province purchase push quantity reason recipient record referrer region registered
  registration revenue row score segment segments session sex shop signup source start state status
  store street subscribed subscriber subscription surname tag tags telephone tenant tier time timestamp
  timezone title token total transaction type union updated url user userid userids username users
  uid guid uuid value values version visit week year zip
  at by count created deleted has in is no not of on per sent since star sum to updated was with`;

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
