import { globSync } from 'node:fs';
import ms from 'ms';
import { repository } from '../support/folders.ts';
import { read } from './pages.ts';

/**
 * A constant that its module keeps to itself, as it stands in the source: a number, a product of
 * numbers, or a time span, which is given in milliseconds. Found by its name, so files may move.
 * @param where a part of the file's path, for a name that several files have
 */
export function constant(name: string, where = ''): number {
  const declaration = new RegExp(`^(?:export )?const ${name} = (.+);$`, 'm');
  const values = new Set<string>();
  for (const path of globSync('{src,sandbox,scripts}/**/*.{ts,mjs}', { cwd: repository })) {
    const value = path.includes(where) ? declaration.exec(read(path))?.[1] : undefined;
    if (value !== undefined) values.add(value);
  }
  const [value = '', ...others] = values;
  if (value === '') throw new Error(`There is no constant ${name} in files like "${where}"`);
  if (others.length > 0) throw new Error(`${name} differs: ${[...values].join(' or ')}`);
  return evaluate(value);
}

function evaluate(source: string): number {
  const [, span] = /^(?:ms\()?'(.+)'\)?$/.exec(source) ?? [];
  if (span !== undefined) return ms(span as ms.StringValue);
  if (!/^\d[\d_]*(?: \* \d[\d_]*)*$/.test(source)) throw new Error(`${source} is not a number`);
  return source
    .split(' * ')
    .reduce((product, factor) => product * Number(factor.replaceAll('_', '')), 1);
}
