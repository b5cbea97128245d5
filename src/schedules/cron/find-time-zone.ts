import { didYouMean } from '../../domain/nearest.ts';
import { TimeZone } from './time-zone.ts';
import { ZONE_ALIASES } from './zone-aliases.ts';

/** A zone, or a sentence that says what is wrong with its name. */
export type FoundTimeZone =
  | { readonly zone: TimeZone; readonly problem: null }
  | { readonly zone: null; readonly problem: string };

/** A time zone by its IANA name, in IANA's spelling: Temporal looks for a file of that name. */
export function findTimeZone(name: string): FoundTimeZone {
  const known = new Set([...Intl.supportedValuesOf('timeZone'), ...ZONE_ALIASES]);
  if (isName(name, known) && isKnownToIntl(name))
    return { zone: new TimeZone(name), problem: null };
  return {
    zone: null,
    problem: `"${name}" is not the name of a time zone${hintFor(name, known)}.`,
  };
}

/**
 * Intl also takes offsets, abbreviations and any case; Temporal takes none of them. Zones that are newer
 * than the lists must pass all the same.
 */
function isName(name: string, known: ReadonlySet<string>): boolean {
  if (known.has(name)) return true;
  const looksLikeName = /^[A-Z]\w*(?:\/[A-Z][\w+-]*)+$/.test(name) && !name.startsWith('SystemV/');
  return looksLikeName && sameInAnyCase(name, known) === undefined;
}

function isKnownToIntl(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function hintFor(name: string, known: ReadonlySet<string>): string {
  const same = sameInAnyCase(name.trim(), known);
  if (same !== undefined) return ` (did you mean "${same}"?)`;
  const offset = /^(?:UTC|GMT)?([+-])0?(\d{1,2})(?::?([0-5]\d))?$/i.exec(name.trim());
  if (offset !== null) return offsetHint(offset, known);
  if (/^[a-z]{2,5}$/i.test(name) && isKnownToIntl(name)) {
    return '; abbreviations are ambiguous: write a name such as "Asia/Tokyo"';
  }
  const place = name.trim().replaceAll(' ', '_');
  const ending = `/${place.toLowerCase()}`;
  const places = [...known].filter((zone) => zone.toLowerCase().endsWith(ending)).slice(0, 3);
  if (places.length > 0)
    return ` (did you mean ${places.map((zone) => `"${zone}"`).join(' or ')}?)`;
  return (
    (place.length > 3 && didYouMean(place, known)) || '; write one such as "Asia/Tokyo" or "UTC"'
  );
}

/** Etc/GMT-9 is nine hours ahead of UTC: the sign is the reverse of the usual one. */
function offsetHint(
  [, sign, hours, minutes = '00']: readonly (string | undefined)[],
  known: ReadonlySet<string>,
): string {
  const fixed = Number(hours) === 0 ? 'UTC' : `Etc/GMT${sign === '+' ? '-' : '+'}${hours}`;
  const hint = minutes === '00' && known.has(fixed) ? `, or "${fixed}" for this offset` : '';
  return `; write the name of a place, such as "Asia/Tokyo"${hint}`;
}

function sameInAnyCase(name: string, known: ReadonlySet<string>): string | undefined {
  const wanted = name.toLowerCase();
  return [...known].find((zone) => zone.toLowerCase() === wanted);
}
