/**
 * How a till's port reaches its window in Electron. The window's page gets
 * `window.postMessage({ type: 'holdfast-till-port' }, <its own origin>, [port])` from the preload, for the first time after its
 * `load` event, and again whenever the till was restarted or reattached: the newest port is the till, older ones are dead.
 * The till's utility process gets the same message from Electron's main process, with the other end in `event.ports[0]`.
 *
 * Each message on the port is one JSON text of the till's contract, exactly as a frame of the loopback WebSocket is.
 */
export const TILL_PORT_MESSAGE = 'holdfast-till-port';
