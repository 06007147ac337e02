/** A device on a serial line (RS-232, or USB that shows itself as one). */
import { err, ok, type Result } from '@holdfast/base';
import { SerialPort } from 'serialport';

import { linkFault, type Link, type LinkConnection, type LinkFault } from './link.ts';
import { streamConnection } from './stream-connection.ts';

export interface SerialSettings {
  readonly baud: number;
  readonly dataBits?: 7 | 8;
  readonly parity?: 'none' | 'even' | 'odd';
  readonly stopBits?: 1 | 2;
}

export function serialLink(path: string, { baud, dataBits = 8, parity = 'none', stopBits = 1 }: SerialSettings): Link {
  return {
    address: `serial://${path}?baud=${baud}`,
    open: async (deadlineMs) =>
      await new Promise<Result<LinkConnection, LinkFault>>((resolve) => {
        const port = new SerialPort({ path, baudRate: baud, dataBits, parity, stopBits, autoOpen: false });
        // Whether it could be closed makes no difference to anybody; untold, it would end the process.
        const close = (): void => {
          if (port.isOpen) port.close(() => {});
        };
        let isLate = false;
        const timer = setTimeout(() => {
          isLate = true;
          resolve(err(linkFault('timeout', `${path} did not open within ${deadlineMs} ms`, 'safe')));
        }, deadlineMs);
        port.open((error) => {
          clearTimeout(timer);
          if (isLate) close();
          else if (error === null) resolve(ok(streamConnection(port, close)));
          else resolve(err(linkFault(/no such file|not found/i.test(error.message) ? 'noSuchDevice' : 'refused', error.message, 'safe')));
        });
      }),
  };
}
