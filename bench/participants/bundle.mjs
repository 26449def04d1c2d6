/**
 * What a page downloads that trains LeNet-5 with a library: a program of `pages/`, bundled and minified for browsers by Rolldown, which is what
 * Vite bundles with, and gzipped. What is measured was run: the losses of its first steps are those that participants are compared by.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { builtinModules, createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { peersFolder } from '../peers.mjs'
import { batchOf, checkedSteps, initial } from './problem.mjs'

/** Parameters of a row's layers as PyTorch has them: name → { shape, data }. */
const parametersOf = ({ layers }) =>
  Object.fromEntries(
    layers.flatMap(([name, inputs, outputs, kernel], i) => {
      if (name !== 'conv' && name !== 'linear') return []
      const weight = name === 'conv' ? [outputs, inputs, kernel, kernel] : [outputs, inputs]
      return [
        [`${i}.weight`, weight],
        [`${i}.bias`, [outputs]],
      ].map(([path, shape]) => [path, { shape, data: initial(path, shape) }])
    }),
  )

/** Chunks that an entry imports at once, itself among them. */
function eager(output, entry, found = []) {
  if (!entry || found.includes(entry)) return found
  found.push(entry)
  for (const name of entry.imports)
    eager(
      output,
      output.find(chunk => chunk.fileName === name),
      found,
    )
  return found
}

/** `alias` says where packages are that are not among the peers. */
export async function bundled(page, row, alias = {}) {
  const outdir = mkdtempSync(join(tmpdir(), 'chainrule-bundle-'))
  try {
    const bundler = await rolldown({
      input: { page: fileURLToPath(new URL(`pages/${page}.mjs`, import.meta.url)) },
      platform: 'browser',
      logLevel: 'silent',
      resolve: { alias, modules: [join(peersFolder, 'node_modules')] },
      // what packages ask for in Node only
      external: builtinModules,
    })
    const { output } = await bundler.write({
      dir: outdir,
      format: 'esm',
      minify: true,
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
    })
    const entry = output.find(chunk => chunk.isEntry)
    const bytes = eager(output, entry).reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
    globalThis.require ??= createRequire(import.meta.url)
    const { train } = await import(pathToFileURL(join(outdir, entry.fileName)).href)
    const { x, labels } = batchOf(row)
    const check = await train({ parameters: parametersOf(row), x, labels, steps: checkedSteps })
    return { best: bytes / 1000, check }
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}
