/** How the values of a result's column become cells. */
export interface ColumnType {
  readonly name: string;
  /** Treasure Data's own name of the type, such as `varchar`, `bigint`, `array<string>`. */
  readonly type: string;
  /** No value of this type is an identifier. Types that are not known are judged by their values. */
  readonly unfit: boolean;
  /** Why a cell is not an identifier, with the cure; `kind` is the value's own, if that decides. */
  unfitCell(kind: string | null): string;
  /** The same for an item of an array. */
  unfitItem(kind: string | null): string;
}

/** Prefixes of type names, in lower case, of which no value is an identifier. */
const UNFIT =
  /^(double|float|real|boolean|timestamp|date|time|interval|map|row|struct|uniontype|json|varbinary|binary|hyperloglog|decimal\(\d+ *, *[1-9])/;
const ARRAY = /^array\s*[(<](?<item>.*)[)>]$/s;

/** A column of a result's schema. Type names compare without regard to case. */
export function columnType(name: string, type: string, engine: string): ColumnType {
  const lower = type.toLowerCase();
  const item = ARRAY.exec(lower)?.groups?.item ?? null;
  const text = engine === 'hive' ? 'STRING' : 'VARCHAR';
  const shown = shownType(type);
  const quoted = quotedName(name, engine);
  return {
    name,
    type: shown,
    unfit: UNFIT.test(item ?? lower),
    unfitCell: (kind) => {
      const otherwise = `make it text with CAST(${quoted} AS ${text})`;
      const says = isFloat(kind ?? lower)
        ? wholeNumbers(wholeNumber(quoted))
        : cure(lower, quoted, otherwise);
      return `is of type ${kind ?? shown}; ${says}`;
    },
    unfitItem: (kind) => {
      if (kind === 'array')
        return `is an array of arrays; make it one array with flatten(${quoted})`;
      const texts = engine === 'hive' ? '<STRING>' : '(VARCHAR)';
      const says = isFloat(kind ?? item ?? '')
        ? floatItems(quoted, engine)
        : cure(item ?? '', 'x', `make its items text with CAST(${quoted} AS ARRAY${texts})`);
      return `is an array of ${kind ?? shownType(item ?? 'unknown type')}; ${says}`;
    },
  };
}

function isFloat(type: string): boolean {
  return /^(?:double|float|real|decimal)/.test(type);
}

/** As text, 12345678901 would be `1.2345678901E10`, another identifier; as an integer, 12.7 would be 13. */
function wholeNumber(value: string): string {
  return `CASE WHEN ${value} = floor(${value}) AND abs(${value}) <= ${Number.MAX_SAFE_INTEGER} THEN CAST(${value} AS BIGINT) END`;
}

function wholeNumbers(sql: string): string {
  return `turn whole numbers into integers with ${sql}, which is NULL for all others`;
}

/** Hive has no function of each item. */
function floatItems(column: string, engine: string): string {
  return engine === 'hive'
    ? `turn its numbers into integers before they are collected in ${column}`
    : wholeNumbers(`transform(${column}, x -> ${wholeNumber('x')})`);
}

function cure(type: string, value: string, otherwise: string): string {
  if (type.startsWith('map')) return `take one of its values, such as ${value}['id']`;
  if (/^(row|struct)/.test(type)) return `take one of its fields, such as ${value}.id`;
  if (type.startsWith('json')) return `take its text with json_extract_scalar(${value}, '$')`;
  if (/^(var)?binary/.test(type))
    return `take its text with from_utf8(${value}) or to_hex(${value})`;
  return otherwise;
}

/** Fields of rows and structs have names of their own, which are not for a message. */
function shownType(type: string): string {
  return type.replace(/^(row|struct|map|uniontype)\b.*$/is, '$1');
}

function quotedName(name: string, engine: string): string {
  if (/^[a-z_][a-z0-9_]*$/i.test(name)) return name;
  return engine === 'hive'
    ? `\`${name.replaceAll('`', '``')}\``
    : `"${name.replaceAll('"', '""')}"`;
}
