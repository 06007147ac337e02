/**
 * A device that the system shows as a file: a printer on USB, `/dev/usb/lp0` of Linux. It is read and written without waiting in the system, because
 * a read that waits there holds one of the few threads that Node has for files, and cannot be called back.
 */
import { constants, type FileHandle, open, stat } from 'node:fs/promises';

import { err, ok, type Result } from '@holdfast/base';

import { createInbox, linkFault, type Link, type LinkConnection, type LinkFault } from './link.ts';

/** How late an answer may be heard, and how soon a full buffer is tried again. */
const [READ_EVERY_MS, WRITE_AGAIN_MS] = [30, 10];
const READ_BYTES = 1_024;

export function fileLink(path: string): Link {
  return {
    address: `usb://${path}`,
    open: async () => {
      try {
        return ok(fileConnection(await open(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY), path));
      } catch (error) {
        const code = codeOf(error);
        const isGone = code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO';
        return err(linkFault(isGone ? 'noSuchDevice' : 'refused', error instanceof Error ? error.message : String(error), 'safe'));
      }
    },
  };
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
const rest = async (ms: number): Promise<void> => await new Promise((resolve) => void setTimeout(resolve, ms));

function fileConnection(file: FileHandle, path: string): LinkConnection {
  const inbox = createInbox();
  let isClosed = false;
  let resolveClosed = (): void => {};
  const closed = new Promise<void>((resolve) => {
    resolveClosed = resolve;
  });
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    file.close().then(resolveClosed, resolveClosed);
  };
  const listen = async (): Promise<void> => {
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      if (isClosed) return;
      try {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
        if (bytesRead > 0) inbox.push(buffer.slice(0, bytesRead));
        else {
          // Some printers send nothing, again and again. One that was pulled out has no file any more.
          await stat(path);
          await rest(READ_EVERY_MS);
        }
      } catch (error) {
        // Nothing has come; whatever else it is, the device is gone.
        if (codeOf(error) === 'EAGAIN') await rest(READ_EVERY_MS);
        else close();
      }
    }
  };
  void listen();
  return { closed, close, onBytes: inbox.onBytes, write: async (bytes, deadlineMs) => await writeWhole(bytes, deadlineMs) };

  async function writeWhole(bytes: Uint8Array, deadlineMs: number): Promise<Result<void, LinkFault>> {
    if (isClosed) return err(linkFault('closed', 'the device has hung up', 'safe'));
    const untilMs = performance.now() + deadlineMs;
    let at = 0;
    while (at < bytes.length) {
      if (performance.now() >= untilMs) {
        close();
        return err(linkFault('timeout', `not taken within ${deadlineMs} ms`, 'mayDuplicate'));
      }
      try {
        const { bytesWritten } = await file.write(bytes, at, bytes.length - at, null);
        at += bytesWritten;
        if (bytesWritten === 0) await rest(WRITE_AGAIN_MS);
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN') {
          close();
          return err(linkFault('closed', error instanceof Error ? error.message : String(error), 'mayDuplicate'));
        }
        await rest(WRITE_AGAIN_MS);
      }
    }
    return ok(undefined);
  }
}
