import { DemoError } from './demo-error.ts';
import type { Members } from './members.ts';

interface Cohort {
  readonly cohortId: string;
  /** How many members it has. */
  readonly size: number;
}

export async function listCohorts(
  sandboxUrl: string,
  stop: AbortSignal,
): Promise<readonly Cohort[]> {
  return await ask(`${sandboxUrl}/sandbox/cohorts`, stop);
}

/** Of every cohort of the sandbox, by its id. */
export async function allMembers(
  sandboxUrl: string,
  stop: AbortSignal,
): Promise<ReadonlyMap<string, Members>> {
  const members = new Map<string, Members>();
  for (const { cohortId } of await listCohorts(sandboxUrl, stop)) {
    const path = `/sandbox/cohorts/${encodeURIComponent(cohortId)}/members`;
    members.set(cohortId, await ask(`${sandboxUrl}${path}`, stop));
  }
  return members;
}

async function ask<T>(url: string, stop: AbortSignal): Promise<T> {
  const answer = await fetch(url, { signal: stop });
  if (!answer.ok) throw new DemoError(`The sandbox responded with ${answer.status} to ${url}.`);
  return (await answer.json()) as T;
}
