import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseRestEndpoint } from '../destinations/braze/rest-endpoint.ts';

/**
 * What is wrong with values that are right by themselves: contradictions, and directories that are
 * not there or are none. Looks at the file as it is, so that these are told together with all other problems.
 */
export function crossCheck(config: unknown, base: string): string[] {
  return [
    ...connectionsOf(config, 'braze').flatMap(([name, section]) => contradictions(name, section)),
    ...connectionsOf(config, 'duckdb').flatMap(([name, section]) =>
      unreadable(name, section, base),
    ),
  ];
}

type Section = Readonly<Record<string, unknown>>;

function connectionsOf(config: unknown, part: string): [string, Section][] {
  if (!isSection(config) || !isSection(config[part])) return [];
  return Object.entries(config[part]).filter((entry): entry is [string, Section] =>
    isSection(entry[1]),
  );
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function contradictions(name: string, section: Section): string[] {
  const { restEndpoint, clusterRegion, partnerName } = section;
  if (typeof restEndpoint !== 'string') return [];
  const endpoint = parseRestEndpoint(restEndpoint);
  if ('problem' in endpoint) return [];
  const problems: string[] = [];
  if (
    endpoint.region &&
    /^(US|EU)$/.test(`${clusterRegion}`) &&
    clusterRegion !== endpoint.region
  ) {
    problems.push(
      `braze.${name}.clusterRegion: is ${clusterRegion}, but the restEndpoint is in ${endpoint.region}`,
    );
  }
  if (
    endpoint.partnerName &&
    typeof partnerName === 'string' &&
    partnerName !== endpoint.partnerName
  ) {
    problems.push(
      `braze.${name}.partnerName: is "${partnerName}", but the restEndpoint names the partner "${endpoint.partnerName}"`,
    );
  }
  return problems;
}

function unreadable(name: string, { directory }: Section, base: string): string[] {
  if (typeof directory !== 'string' || directory.trim() === '') return [];
  const path = resolve(base, directory);
  const problem = (what: string) => [`duckdb.${name}.directory: ${what}`];
  try {
    if (statSync(path).isDirectory()) return [];
    return problem(`${path} is a file; name the directory that holds it`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown error';
    return problem(
      code === 'ENOENT' ? `there is no directory ${path}` : `${path} cannot be read (${code})`,
    );
  }
}
