/** A virtual terminal on a port, in the protocol of one's choice, with the address by which a lane opens it. */
import type { NexoKey } from '../../terminals/nexo/nexo-crypto.ts';
import type { DevicePort } from '../tcp-server.ts';
import { serveNexo } from './nexo-port.ts';
import type { VirtualTerminal } from './virtual-terminal.ts';
import { serveZvt } from './zvt-port.ts';

export const TERMINAL_PROTOCOLS = ['nexo', 'zvt'] as const;
export type TerminalProtocol = (typeof TERMINAL_PROTOCOLS)[number];

const VIRTUAL_POI_ID = 'VIRTUAL-000000001';

export interface ServedTerminal extends DevicePort {
  /** Without the file of a key, which only who has one can name. */
  readonly address: string;
}

export async function serveTerminal(
  terminal: VirtualTerminal,
  protocol: TerminalProtocol,
  { port, key }: { readonly port: number; readonly key?: NexoKey },
): Promise<ServedTerminal> {
  if (protocol === 'nexo') {
    const served = await serveNexo(terminal, port, key);
    return { ...served, address: `nexo@http://127.0.0.1:${served.port}/nexo?poi=${VIRTUAL_POI_ID}` };
  }
  const served = await serveZvt(terminal, port);
  return { ...served, address: `zvt@tcp://127.0.0.1:${served.port}?password=000000` };
}
