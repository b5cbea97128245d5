import type { SearchAttributeName } from '../domain/search-attributes.ts';
import type { ActivityDependencies } from './support/dependencies.ts';

/** The search attributes that a run may set: to a workflow, servers look alike. */
export function createListSearchAttributes({
  searchAttributes,
}: Pick<ActivityDependencies, 'searchAttributes'>) {
  return async (): Promise<readonly SearchAttributeName[]> => [...searchAttributes];
}
