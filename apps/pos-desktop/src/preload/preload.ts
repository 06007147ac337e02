/**
 * The preload hands the till's port to the page, and nothing else: no Electron API and no function of its own reaches the
 * page's world. It runs in the sandbox, before the page, in the main frame only.
 */
import { ipcRenderer } from 'electron';

import { TILL_PORT_MESSAGE } from '../shared/till-port.ts';

/** On a busy machine a message between processes can meet a page that is not there yet, and be lost. */
const ASK_AGAIN_AFTER_MS = 1_000;

let hasPort = false;

ipcRenderer.on(TILL_PORT_MESSAGE, (event) => {
  hasPort = true;
  window.postMessage({ type: TILL_PORT_MESSAGE }, window.location.origin, [...event.ports]);
});

// By its `load` event the page's modules have run, and it listens.
window.addEventListener('load', askForPort, { once: true });

function askForPort(): void {
  if (hasPort) return;
  ipcRenderer.send(TILL_PORT_MESSAGE);
  window.setTimeout(askForPort, ASK_AGAIN_AFTER_MS);
}
