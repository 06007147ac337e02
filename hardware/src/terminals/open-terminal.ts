/**
 * A terminal by its address:
 *
 *     nexo@https://192.168.1.60:8443/nexo?poi=V400m-324688179&key=/etc/holdfast/terminal-key.json&ca=/etc/holdfast/adyen-root.pem
 *     nexo@http://127.0.0.1:8443/nexo?poi=virtual
 *     zvt@tcp://192.168.1.61:20007?password=123456
 *
 * `key` names a file with `keyIdentifier`, `keyVersion` and `passphrase`: with it messages are sealed. `http:` to another machine is taken with `plain=yes` alone: what is paid goes over that network in clear.
 */
import { readFileSync } from 'node:fs';

import { err, ok, type Result } from '@holdfast/base';
import { z } from 'zod';

import { tcpLink } from '../link/tcp-link.ts';
import { createNexoTerminal } from './nexo/nexo-terminal.ts';
import type { PaymentTerminal } from './terminal.ts';
import { createZvtTerminal } from './zvt/zvt-terminal.ts';

export const TERMINAL_PROTOCOL_IDS = ['nexo', 'zvt'] as const;

export interface BadTerminal {
  readonly type: 'badTerminal';
  readonly expected: string;
}

export interface TerminalPlace {
  /** How the terminal hears of the lane. */
  readonly saleId: string;
  readonly shopperMs?: number;
  readonly answerMs?: number;
}

const EXPECTED = 'nexo@http[s]://HOST:PORT/PATH?poi=ID[&key=FILE][&ca=FILE][&plain=yes] or zvt@tcp://HOST:PORT[?password=NNNNNN]';
const ZVT_PORT = 20_007;

const keySchema = z.object({ keyIdentifier: z.string().min(1), keyVersion: z.int(), passphrase: z.string().min(8) });

export function openTerminal(text: string, place: TerminalPlace): Result<PaymentTerminal, BadTerminal> {
  const bad = (expected = EXPECTED): Result<never, BadTerminal> => err({ type: 'badTerminal', expected });
  const [protocol, address = ''] = splitOnce(text, '@');
  if (!URL.canParse(address)) return bad();
  const url = new URL(address);
  const { saleId, shopperMs, answerMs } = place;
  const patience = { ...(shopperMs !== undefined && { shopperMs }), ...(answerMs !== undefined && { answerMs }) };
  if (protocol === 'zvt') {
    const password = url.searchParams.get('password') ?? '000000';
    if (url.protocol !== 'tcp:' || url.hostname === '' || !/^\d{6}$/.test(password)) return bad();
    const link = tcpLink(url.hostname, url.port === '' ? ZVT_PORT : Number(url.port));
    return ok(createZvtTerminal({ link, password, ...patience }));
  }
  const poiId = url.searchParams.get('poi') ?? '';
  if (protocol !== 'nexo' || (url.protocol !== 'http:' && url.protocol !== 'https:') || poiId === '') return bad();
  if (isPlainNetwork(url) && url.searchParams.get('plain') !== 'yes')
    return bad(`nexo@https://… over a network, or &plain=yes: what is paid goes to ${url.hostname} in clear`);
  const [keyFile, caFile] = [url.searchParams.get('key'), url.searchParams.get('ca')];
  const bare = new URL(`${url.origin}${url.pathname}`);
  const key = keyFile === null ? undefined : keySchema.safeParse(readJson(keyFile)).data;
  if (keyFile !== null && key === undefined) return bad(`a file with keyIdentifier, keyVersion and passphrase at ${keyFile}`);
  const ca = caFile === null ? undefined : readText(caFile);
  if (caFile !== null && ca === undefined) return bad(`a certificate at ${caFile}`);
  const options = { url: bare, saleId, poiId, ...patience };
  return ok(createNexoTerminal({ ...options, ...(key !== undefined && { key }), ...(ca !== undefined && { ca }) }));
}

const isPlainNetwork = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && !/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);

function splitOnce(text: string, mark: string): readonly [string, string?] {
  const place = text.indexOf(mark);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readText(path) ?? '');
  } catch {
    return undefined;
  }
}
