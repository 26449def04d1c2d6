import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { digitScript } from './build/digits.ts'
import { lecturePages } from './build/pages.ts'

/** `vite build` makes the site of modules; `vite build --mode classic` adds the one script for pages opened from a disk. */
export default defineConfig(({ mode }) => {
  const classic = mode === 'classic'
  return {
    base: './',
    appType: 'custom',
    define: classic ? { 'import.meta.url': '""' } : {},
    resolve: {
      alias: { chainrule: fileURLToPath(new URL('../packages/chainrule/src/index.ts', import.meta.url)) },
      conditions: ['chainrule-source', 'module', 'browser', 'development|production'],
    },
    build: {
      target: 'es2023',
      modulePreload: false,
      emptyOutDir: !classic,
      rolldownOptions: classic
        ? {
            input: { classic: 'src/classic.ts' },
            output: { format: 'iife', name: 'chainrulePlayground', entryFileNames: '[name].js', codeSplitting: false },
          }
        : {
            input: { main: 'src/main.ts', 'chainrule-view': 'src/chainrule-view.ts' },
            preserveEntrySignatures: 'allow-extension',
            output: {
              entryFileNames: '[name].js',
              // what nearly every view needs is one file: it is packed better than many small ones
              codeSplitting: { groups: [{ name: 'base', minShareCount: 20 }] },
              chunkFileNames: ({ facadeModuleId, name }) =>
                `chunks/${facadeModuleId?.match(/views\/(\w+)\/view/)?.[1] ?? name}-[hash].js`,
            },
          },
    },
    plugins: classic ? [] : [lecturePages(), digitScript()],
    worker: { format: 'iife', rolldownOptions: { output: { codeSplitting: false } } },
  }
})
