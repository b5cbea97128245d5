import { lookup } from 'node:dns/promises';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, with the brackets that an IPv6 address needs there. */
export function addressText({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The same address as `IP:PORT`, for what does not look up names. @throws Error with a `code` */
export async function resolveAddress({ host, port }: Address): Promise<string> {
  return addressText({ host: (await lookup(host)).address, port });
}
