/** The months and the days of the week in English; every shorter or upper-case name comes from these. */
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;

/** `Mon` */
export function shortName(name: string): string {
  return name.slice(0, 3);
}

/** Temporal's names: `MONDAY` */
export function upperCase<T extends string>(names: readonly T[]): Uppercase<T>[] {
  return names.map((name) => name.toUpperCase() as Uppercase<T>);
}
