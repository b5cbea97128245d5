import { distance } from 'fastest-levenshtein';

/**
 * The known names that a mistyped one may have meant, best first, at most three: those that differ
 * by case, or by about a third of their letters.
 */
export function nearestNames(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  return [...known]
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(2, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** ` (did you mean "a" or "b"?)`, or nothing where no known name is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const names = nearestNames(name, known).map((candidate) => `"${candidate}"`);
  return names.length === 0 ? '' : ` (did you mean ${names.join(' or ')}?)`;
}
