import { type ExportRequest, parseExport } from '../domain/export-input.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** Checks the workflow's arguments, and that the worker knows the connections that they name. */
export function createCheckExport({
  findDestination,
  sources,
}: Pick<ActivityDependencies, 'findDestination' | 'sources'>) {
  return async (args: readonly unknown[]): Promise<ExportRequest> => {
    const request = parseExport(args);
    findDestination(request.connection);
    sources.check(request.source);
    return request;
  };
}
