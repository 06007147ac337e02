/**
 * What is a person's own (a name, a number), sealed for that person alone (SPEC: S-6). Ledgers and cells are copied and kept for ever; the key of a person is in neither, and once it is deleted
 * every copy of what it sealed means nothing, while all sums stand.
 *
 *   magic "HFPS" · version 1 · person (16 bytes) · nonce (12 bytes) · AES-256-GCM of the payload, with its tag
 *
 * What it is sealed with follows from the person's key, the person and the purpose: nothing that was sealed for one place is taken for something else in another.
 */
import { assert, err, ok, type Cipher, type Hash, type Random, type Result } from '@holdfast/base';

import { bytesToHex, hexToBytes, joinBytes } from './bytes.ts';
import { encodeCbor } from './cbor.ts';
import { count, hex, list, object, parsing, type Check, type ProtocolError } from './json-checks.ts';

const MAGIC = Uint8Array.of(0x48, 0x46, 0x50, 0x53, 1);
const PERSON_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const DOMAIN = 'holdfast person seal 1';

export interface PersonKey {
  /** 32 hex digits, drawn at random: it says nothing of who it is. */
  readonly person: string;
  readonly key: Uint8Array;
}

export interface PersonPorts {
  readonly cipher: Cipher;
  readonly hash: Hash;
}

export type PersonSealError =
  /** It is erased, or has not come. */
  { readonly type: 'no-key'; readonly person: string } | { readonly type: 'bad-seal' };

export const newPersonKey = (random: Random): PersonKey => ({
  person: bytesToHex(random.bytes(PERSON_BYTES)),
  key: random.bytes(KEY_BYTES),
});

export const isPerson = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);

const sealingKey = (hash: Hash, { person, key }: PersonKey, purpose: string): Uint8Array =>
  hash.sha256(encodeCbor([DOMAIN, key, hexToBytes(person), purpose]));

/** `purpose`: what the payload is, in the application's words; whoever opens it says the same. */
export function sealPersonal(
  payload: Uint8Array,
  { person, purpose, key, random }: PersonKey & { readonly purpose: string; readonly random: Random },
  { cipher, hash }: PersonPorts,
): Uint8Array {
  assert(key.length === KEY_BYTES && isPerson(person), 'the key of a person');
  const nonce = random.bytes(NONCE_BYTES);
  const head = joinBytes(joinBytes(MAGIC, hexToBytes(person)), nonce);
  return joinBytes(head, cipher.seal(sealingKey(hash, { person, key }, purpose), nonce, payload));
}

/** Whose it is; null where it is nothing sealed. */
export function personOf(sealed: Uint8Array): string | null {
  const isOne = sealed.length >= MAGIC.length + PERSON_BYTES + NONCE_BYTES + TAG_BYTES && MAGIC.every((byte, at) => sealed[at] === byte);
  return isOne ? bytesToHex(sealed.subarray(MAGIC.length, MAGIC.length + PERSON_BYTES)) : null;
}

export function openPersonal(
  sealed: Uint8Array,
  { purpose, keyOf }: { readonly purpose: string; readonly keyOf: (person: string) => Uint8Array | undefined },
  { cipher, hash }: PersonPorts,
): Result<Uint8Array, PersonSealError> {
  const person = personOf(sealed);
  if (person === null) return err({ type: 'bad-seal' });
  const key = keyOf(person);
  if (key === undefined) return err({ type: 'no-key', person });
  const nonceAt = MAGIC.length + PERSON_BYTES;
  const nonce = sealed.subarray(nonceAt, nonceAt + NONCE_BYTES);
  const payload = cipher.open(sealingKey(hash, { person, key }, purpose), nonce, sealed.subarray(nonceAt + NONCE_BYTES));
  return payload === null ? err({ type: 'bad-seal' }) : ok(payload);
}

// ---- how keys travel: beside ledgers and cells, by token ----

export interface PersonKeysRequest {
  /** Of persons that this device told the hub of. */
  readonly bring: readonly PersonKey[];
  /** Persons whose keys it would have. */
  readonly ask: readonly string[];
  /** The last erasure that it has heard of; 0: none. */
  readonly erasures: number;
}

export interface PersonKeysAnswer {
  /** Of those that were brought: the hub has them, or has erased them; nobody has to bring them again. */
  readonly taken: readonly string[];
  /** Of those that were asked for, as far as this device may have them. */
  readonly keys: readonly PersonKey[];
  /** Persons that were erased after `erasures`, in that order; at most `PERSON_LIMITS.erased`. */
  readonly erased: readonly string[];
  /** The number of the last of those; `erasures` where there are none. */
  readonly erasures: number;
}

export const PERSON_LIMITS = { keys: 256, erased: 1_000 } as const;

const person: Check<string> = hex(PERSON_BYTES);
const personKey: Check<PersonKey> = (value, at) => {
  const json = object(value, at);
  return { person: person(json['person'], `${at}.person`), key: hexToBytes(hex(KEY_BYTES)(json['key'], `${at}.key`)) };
};

const personKeyToJson = ({ person: of, key }: PersonKey): { readonly person: string; readonly key: string } => ({
  person: of,
  key: bytesToHex(key),
});

export const parsePersonKeysRequest = (value: unknown): Result<PersonKeysRequest, ProtocolError> =>
  parsing('person keys request', value, (json) => ({
    bring: list(personKey, PERSON_LIMITS.keys)(json['bring'], 'bring'),
    ask: list(person, PERSON_LIMITS.keys)(json['ask'], 'ask'),
    erasures: count(json['erasures'], 'erasures'),
  }));

export const parsePersonKeysAnswer = (value: unknown): Result<PersonKeysAnswer, ProtocolError> =>
  parsing('person keys answer', value, (json) => ({
    taken: list(person, PERSON_LIMITS.keys)(json['taken'], 'taken'),
    keys: list(personKey, PERSON_LIMITS.keys)(json['keys'], 'keys'),
    erased: list(person, PERSON_LIMITS.erased)(json['erased'], 'erased'),
    erasures: count(json['erasures'], 'erasures'),
  }));

export const personKeysRequestToJson = ({ bring, ...rest }: PersonKeysRequest): unknown => ({ ...rest, bring: bring.map(personKeyToJson) });
export const personKeysAnswerToJson = ({ keys, ...rest }: PersonKeysAnswer): unknown => ({ ...rest, keys: keys.map(personKeyToJson) });
