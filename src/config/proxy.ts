import { ProxyAgent } from 'undici';
import type { ProxySettings } from '../domain/connection-type.ts';
import type { Problem } from '../domain/problems.ts';
import type { Environment } from './environment.ts';

const NO_PROXY = 'NO_PROXY';
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY'] as const;

/** The standard variables; in lower case they win. */
export function readProxy(environment: Environment): ProxySettings {
  const read = (name: string) => environment[variableOf(name, environment)] || null;
  return { httpProxy: read(PROXIES[0]), httpsProxy: read(PROXIES[1]), noProxy: read(NO_PROXY) };
}

/** What is wrong with the proxies; never with their values, which may hold a password. */
export function proxyProblems(environment: Environment): Problem[] {
  return PROXIES.map((name) => variableOf(name, environment)).flatMap((name) => {
    const value = environment[name];
    return !value || isProxy(value)
      ? []
      : [
          {
            path: [],
            message: `the environment variable ${name}: must be the URL of a proxy, such as http://proxy.example.com:3128; percent-encode special characters in the user name and password (% as %25, # as %23, @ as %40)`,
          },
        ];
  });
}

function variableOf(name: string, environment: Environment): string {
  return environment[name.toLowerCase()] ? name.toLowerCase() : name;
}

/** Whether undici accepts it. It connects only when it sends a request. */
function isProxy(uri: string): boolean {
  try {
    void new ProxyAgent({ uri }).close();
    return true;
  } catch {
    return false;
  }
}
