import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const built = fileURLToPath(new URL('../dist', import.meta.url));

const asciiOnly = (code: string): string =>
  code.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Puts the built gateway and what it needs into a few files: fewer to find and to read at the start, and nothing in memory that nobody calls.
 * Names stay, for an error's stack. They lie one folder below main.js,
 * where their relative places are right, and are CommonJS: only of a script does V8 give its compiled code away.
 */
export default defineConfig({
  ssr: { noExternal: true, external: ['sqlite3', 'serialport', 'modbus-serial', 'onoff'] },
  build: {
    ssr: true,
    target: 'node20',
    outDir: built,
    emptyOutDir: false,
    copyPublicDir: false,
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        program: `${built}/gateway/program.js`,
        'compact-worker': `${built}/gateway/journal/compact-worker.js`,
        'replay-worker': `${built}/gateway/replay/replay-worker.js`,
      },
      output: {
        format: 'cjs',
        // A script whose compiled code was kept has lost the way back to Node's loader for import().
        dynamicImportInCjs: false,
        entryFileNames: 'gateway/chunks/[name].cjs',
        chunkFileNames: 'gateway/chunks/[name]-[hash].cjs',
        comments: false,
        minify: { mangle: false, compress: true, codegen: { removeWhitespace: true } },
      },
    },
  },
  plugins: [
    {
      name: 'ascii',
      // A text with one letter beyond Latin-1 takes two bytes for every letter, and the engine keeps the whole source in memory.
      generateBundle(_options, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type === 'chunk') chunk.code = asciiOnly(chunk.code);
        }
      },
    },
  ],
});
