/** Builds the window: one build for Electron (`app://`) and for the browser, whose styles and scripts carry the response's nonce. */
import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { NONCE_PLACEHOLDER } from './src/shared/content-security-policy.ts';

export default defineConfig({
  root: fileURLToPath(new URL('src/renderer', import.meta.url)),
  base: './',
  plugins: [react()],
  // The camera's reader finds its WebAssembly by `import.meta`.
  worker: { format: 'es' },
  html: { cspNonce: NONCE_PLACEHOLDER },
  build: {
    outDir: fileURLToPath(new URL('dist/renderer', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome130',
    // The policy allows no `data:` fonts or styles, and the polyfill would be a script without need.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
});
