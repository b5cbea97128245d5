import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** Identifiers of X.509 (RFC 5280) and of ECDSA with SHA-256 (RFC 5758), as DER. */
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const DAY_MS = 86_400_000;

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** From now on; negative where it has expired. Default: a day. */
  readonly validForMs?: number;
  /** The host that it is for. Default: localhost, and 127.0.0.1 as well. */
  readonly host?: string;
}

/** A key and a certificate that it signed itself, in PEM. */
export function selfSigned(options: CertificateOptions = {}): Certificate {
  const { privateKey, publicKey } = keyPair();
  return certificate(options, 'localhost', { privateKey, publicKey, signer: privateKey });
}

/** The same, signed by an authority that nobody knows. */
export function signedByUnknown(options: CertificateOptions = {}): Certificate {
  const signer = keyPair().privateKey;
  return certificate(options, 'nobody', { ...keyPair(), signer });
}

function keyPair() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
}

function certificate(
  { validForMs = DAY_MS, host }: CertificateOptions,
  issuer: string,
  { privateKey, publicKey, signer }: Keys,
): Certificate {
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const alternatives = sequence(
    der(0x82, Buffer.from(host ?? 'localhost')),
    ...(host === undefined ? [der(0x87, Buffer.from([127, 0, 0, 1]))] : []),
  );
  const isAuthority = sequence(der(0x01, Buffer.from([0xff])));
  const extensions = sequence(
    sequence(SUBJECT_ALT_NAME, der(0x04, alternatives)),
    sequence(BASIC_CONSTRAINTS, der(0x04, isAuthority)),
  );
  const now = Date.now();
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    nameOf(issuer),
    sequence(time(now - DAY_MS), time(now + validForMs)),
    nameOf('localhost'),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)]);
  const signed = sequence(body, algorithm, der(0x03, signature)).toString('base64');
  const lines = signed.replace(/.{64}/g, '$&\n').trimEnd();
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(commonName)))));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** A value with its type and its length. */
function der(type: number, value: Buffer): Buffer {
  const { length } = value;
  const lengthBytes = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([type, ...lengthBytes]), value]);
}

/** GeneralizedTime. */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x18, Buffer.from(text));
}
