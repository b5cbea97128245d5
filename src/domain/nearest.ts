import { distance } from 'fastest-levenshtein';

/**
 * The known names that a mistyped one may have meant, best first, at most three: those that differ
 * by case, by about a third of their letters, or that begin with most of it.
 */
export function nearestNames(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  return [...known]
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, edits }) =>
        edits <= Math.max(2, Math.floor(candidate.length / 3)) || beginsAlike(wanted, candidate),
    )
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function beginsAlike(wanted: string, candidate: string): boolean {
  const start = wanted.slice(0, Math.max(5, Math.ceil(wanted.length * 0.75)));
  return wanted.length >= 5 && candidate.toLowerCase().startsWith(start);
}

/** ` (did you mean "a" or "b"?)`, or nothing where no known name is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const names = nearestNames(name, known).map((candidate) => `"${candidate}"`);
  return names.length === 0 ? '' : ` (did you mean ${names.join(' or ')}?)`;
}
