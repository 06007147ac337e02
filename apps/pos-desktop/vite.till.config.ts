/**
 * The till for Electron's utility process: its main thread and its two workers as ES modules side by side, like their
 * sources, so that what they find by `import.meta.url` they find in both places. What is native or has files of its own stays outside.
 */
import { defineConfig } from 'vite';

import { TILL_LOADS } from './packed-modules.ts';

export default defineConfig({
  ssr: { noExternal: true, external: [...TILL_LOADS] },
  build: {
    ssr: true,
    outDir: 'dist/till',
    target: 'node24',
    minify: false,
    rolldownOptions: {
      input: {
        till: 'src/till/main.ts',
        'sync-worker': 'src/till/sync/sync-worker.ts',
        'print-setter-worker': 'src/till/printing/print-setter-worker.ts',
      },
      // Native speed-ups of `ws`, which does without them.
      external: [...TILL_LOADS, 'bufferutil', 'utf-8-validate'],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
