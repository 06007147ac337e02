/** A payment terminal for each lane of the demo: virtual, on a real port, with cards to hold against it on a page. One lane's speaks nexo, the other's ZVT. */
import { systemTimers } from '@holdfast/base/node';
import { createVirtualTerminal, serveTerminal, serveTerminalPanel, TERMINAL_PROTOCOLS } from '@holdfast/hardware/virtual';

/** Whoever tries a lane need not look for a page to pay by card: the terminal's page changes it, or is quicker. */
const SHOPPER = { does: 'approve', afterMs: 2_000 } as const;

export interface DemoTerminal {
  /** As `--terminal` of a till takes it. */
  readonly argument: string;
  readonly panelUrl: string;
  close(): Promise<void>;
}

export async function startDemoTerminal(lane: number): Promise<DemoTerminal> {
  const terminal = createVirtualTerminal({ timers: systemTimers, faults: { shopper: SHOPPER } });
  const protocol = TERMINAL_PROTOCOLS[(lane - 1) % TERMINAL_PROTOCOLS.length] ?? 'nexo';
  const device = await serveTerminal(terminal, protocol, { port: 0 });
  const panel = await serveTerminalPanel(terminal, 0);
  return {
    argument: device.address,
    panelUrl: panel.url,
    close: async () => {
      await panel.close();
      await device.close();
    },
  };
}
