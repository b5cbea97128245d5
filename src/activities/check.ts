import { type ExportRequest, requireExport } from '../domain/export-input.ts';
import type { ActivityDependencies } from './support/dependencies.ts';

export interface CheckExportInput {
  /** The arguments of the workflow, as they were typed. */
  readonly args: readonly unknown[];
}

export interface CheckedInput {
  readonly request: ExportRequest;
  /** Whether its query runs as a job of the source, before its rows are staged. */
  readonly runsAsJob: boolean;
}

/** Checks the workflow's arguments, and that the worker knows the connections that they name. */
export function createCheckExport({ types, destinations, sources }: ActivityDependencies) {
  return async ({ args }: CheckExportInput): Promise<CheckedInput> => {
    const request = requireExport(args, types);
    destinations.find(request);
    return { request, runsAsJob: sources.runsAsJob(request.source) };
  };
}
