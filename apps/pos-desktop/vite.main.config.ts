/** Electron's main process: one CommonJS file, loaded before Electron is ready on every version of it. */
import { defineConfig } from 'vite';

export default defineConfig({
  ssr: { noExternal: true, external: ['electron'] },
  build: {
    ssr: 'src/main/main.ts',
    outDir: 'dist/main',
    target: 'node20',
    minify: false,
    rolldownOptions: {
      // Native speed-ups of `ws`, which does without them.
      external: ['electron', 'bufferutil', 'utf-8-validate'],
      output: { format: 'cjs', entryFileNames: 'main.cjs', codeSplitting: false },
    },
  },
});
