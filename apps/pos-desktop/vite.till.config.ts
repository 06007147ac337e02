/**
 * The till for Electron's utility process: its main thread and its sync worker as two ES modules side by side, like their
 * sources, so that what they find by `import.meta.url` they find in both places. better-sqlite3 and argon2 stay outside: they are native.
 */
import { defineConfig } from 'vite';

/** Native, or with files of their own: loaded only by a lane that has devices. */
const DEVICE_PARTS = ['@holdfast/hardware'];
const NATIVE = ['better-sqlite3', '@node-rs/argon2'];
/** WebAssembly in a file of its own, loaded once somebody counts stock. */
const DOCUMENTS = ['@automerge/automerge/slim'];

export default defineConfig({
  ssr: { noExternal: true, external: [...NATIVE, ...DOCUMENTS, ...DEVICE_PARTS] },
  build: {
    ssr: true,
    outDir: 'dist/till',
    target: 'node24',
    minify: false,
    rolldownOptions: {
      input: { till: 'src/till/main.ts', 'sync-worker': 'src/till/sync-worker.ts' },
      // Native speed-ups of `ws`, which does without them.
      external: [...NATIVE, ...DOCUMENTS, 'bufferutil', 'utf-8-validate', ...DEVICE_PARTS],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
