/** A receipt printer for each lane of the demo: virtual, on a real port, with its paper on a page. */
import { systemTimers } from '@holdfast/base/node';
import { createVirtualPrinter, serveDevice, servePanel } from '@holdfast/hardware/virtual';

export interface DemoPrinter {
  /** As `--printer` of a till takes it. */
  readonly argument: string;
  readonly panelUrl: string;
  close(): Promise<void>;
}

const MODEL = 'epson-tm-t20iii';

export async function startDemoPrinter(): Promise<DemoPrinter> {
  const printer = createVirtualPrinter({ model: MODEL, timers: systemTimers });
  const device = await serveDevice(0, (peer) => printer.connect(peer));
  const panel = await servePanel(printer, 0);
  return {
    argument: `${MODEL}@tcp://127.0.0.1:${device.port}`,
    panelUrl: panel.url,
    close: async () => {
      await panel.close();
      await device.close();
    },
  };
}
