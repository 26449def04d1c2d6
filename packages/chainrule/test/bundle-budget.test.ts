/**
 * What a page downloads: bundled by esbuild, minified and gzipped. Devices are chunks of their own that load when first needed;
 * what a program does not import must not be there.
 */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'
import { expect, test } from 'vitest'

const index = fileURLToPath(new URL('../src/index.ts', import.meta.url))

interface Chunk {
  readonly bytes: number
  /** Folders and files of the sources in it, relative to `src/`. */
  readonly sources: readonly string[]
  /** Whether it is downloaded at once. */
  readonly eager: boolean
}
/** The reference device stays a file of its own, which a page loads only if it asks for it. */
const apart: Plugin = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: /device\/js\/device/ }, ({ path }) => ({ path, external: true }))
  },
}

/** The chunks of a program that uses these exports; with `together`, devices that it loads later are in the one chunk. */
async function bundle(names: readonly string[], together: boolean): Promise<Chunk[]> {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `import { ${names} } from ${JSON.stringify(index)}\nconsole.log(${names})`,
      resolveDir: '.',
      sourcefile: 'main.ts',
    },
    bundle: true,
    conditions: ['chainrule-source'],
    minify: true,
    splitting: !together,
    plugins: [apart],
    format: 'esm',
    platform: 'browser',
    outdir: 'out',
    write: false,
    metafile: true,
  })
  const outputs = Object.entries(metafile.outputs)
  const eager = new Set(outputs.flatMap(([path, o]) => (o.entryPoint?.endsWith('main.ts') ? [path] : [])))
  for (const path of eager)
    for (const i of metafile.outputs[path]?.imports ?? []) if (i.kind === 'import-statement') eager.add(i.path)
  return outputs.map(([path, output]) => ({
    bytes: gzipSync(outputFiles.find(f => f.path.endsWith(path))!.contents, { level: 9 }).length,
    sources: Object.entries(output.inputs).flatMap(([source, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [source.replace(/.*chainrule\/src\//, '')] : [],
    ),
    eager: eager.has(path),
  }))
}
const total = (chunks: readonly Chunk[]): number => chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
const has = (chunk: Chunk, folder: string): boolean => chunk.sources.some(s => s.startsWith(folder))

test('tensors and gradients: under 45 kB', async () => {
  const chunks = (await bundle(['tensor', 'grad'], false)).filter(c => c.eager)
  console.log(`tensors and gradients: ${total(chunks)} bytes`)
  expect(total(chunks)).toBeLessThan(45_000)
  for (const folder of [
    'nn/',
    'optim/',
    'data/',
    'train/',
    'device/',
    'compile/',
    'io/',
    'tensor/compile',
    'tensor/grad-check',
  ])
    expect(
      chunks.some(c => has(c, folder)),
      folder,
    ).toBe(false)
})
test('minified errors keep their names', async () => {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(index.replace('index.ts', 'errors.ts'))}`, resolveDir: '.' },
    bundle: true,
    conditions: ['chainrule-source'],
    minify: true,
    format: 'esm',
    write: false,
  })
  const errors: Record<string, new (...values: unknown[]) => Error> = await import(
    `data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`
  )
  expect(Object.keys(errors)).toContain('StaleError')
  for (const [name, Class] of Object.entries(errors)) expect(new Class('', [], '').name).toBe(name)
})
test('core, wasm device with threads, nn and optim: under 92 kB', async () => {
  const chunks = await bundle(['tensor', 'grad', 'compile', 'nn', 'optim'], true)
  console.log(`core, wasm device, nn and optim: ${total(chunks)} bytes`)
  expect(chunks.some(c => has(c, 'device/wasm/'))).toBe(true)
  expect(total(chunks)).toBeLessThan(92_000)
  for (const folder of ['data/', 'train/', 'io/', 'tensor/grad-check'])
    expect(
      chunks.some(c => has(c, folder)),
      folder,
    ).toBe(false)
})
