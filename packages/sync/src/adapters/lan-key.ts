/** A device's TLS key: P-256, for Ed25519 certificates do not work in Electron's TLS. It never leaves the device. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

/** PKCS#8, PEM: to be kept where nobody else reads it. */
export const generateLanKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

/** The public half, as the hub is asked to certify it: SubjectPublicKeyInfo, DER, base64. */
export const lanKeyOf = (pem: string): string =>
  createPublicKey(createPrivateKey(pem)).export({ format: 'der', type: 'spki' }).toString('base64');
