/** The setup screen's camera: the address that says that it is wanted, and the worker that reads codes off its pictures. */

/** The page's fragment while the camera is shown, and at no other time: without it no window gets a camera. */
export const CAMERA_HASH = '#camera';

/** The built file of `camera-worker.ts`. It alone may compile WebAssembly: a worker has the policy of its own answer, and the page's has no such word. */
const CAMERA_WORKER = /(?:^|\/)camera-worker-[\w-]+\.js$/u;

const WORKER_POLICY = ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "connect-src 'self'"].join('; ');

/** What the answer with a built file carries beside its type. */
export const assetHeaders = (path: string): Readonly<Record<string, string>> =>
  CAMERA_WORKER.test(path) ? { 'Content-Security-Policy': WORKER_POLICY } : {};
