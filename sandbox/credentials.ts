import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** What a client needs to be let in. `partnerName` is a segment of Braze's paths, not a secret. */
export interface Credentials {
  readonly braze: {
    readonly partnerName: string;
    readonly partnerApiKey: string;
    readonly dataImportKey: string;
  };
  readonly treasureData: { readonly apiKey: string };
}

/** Any part of the credentials; what is absent or undefined is generated. */
export interface GivenCredentials {
  readonly partnerApiKey?: string | undefined;
  readonly dataImportKey?: string | undefined;
  readonly treasureDataApiKey?: string | undefined;
}

/** New keys in the vendors' forms: UUIDs for Braze, `<digits>/<40 hex>` for Treasure Data. */
export function createCredentials(partnerName: string, given: GivenCredentials = {}): Credentials {
  return {
    braze: {
      partnerName,
      partnerApiKey: given.partnerApiKey ?? randomUUID(),
      dataImportKey: given.dataImportKey ?? randomUUID(),
    },
    treasureData: {
      apiKey:
        given.treasureDataApiKey ??
        `${randomInt(1_000, 10_000)}/${randomBytes(20).toString('hex')}`,
    },
  };
}
