import { type ExportRequest, parseExport } from '../domain/export-input.ts';
import type { Destination } from '../domain/ports.ts';
import type { ResolveSource } from './dependencies.ts';

/** Checks the workflow's arguments, and that the worker knows the connections that they name. */
export function createCheckExport(
  findDestination: (connection: string) => Destination,
  resolveSource: ResolveSource,
) {
  return async (args: readonly unknown[], scheduledTime: string): Promise<ExportRequest> => {
    const request = parseExport(args);
    findDestination(request.connection);
    resolveSource(request.source, scheduledTime);
    return request;
  };
}
