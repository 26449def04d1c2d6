/**
 * What a page downloads: bundled by Rolldown, which is what Vite bundles with, minified and gzipped. Parts that a program loads
 * later are chunks of their own; what it does not import must not be there.
 */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

const index = fileURLToPath(new URL('../src/index.ts', import.meta.url))

interface Chunk {
  readonly bytes: number
  /** Folders and files of the sources in it, relative to `src/`. */
  readonly sources: readonly string[]
  /** Whether it is downloaded at once. */
  readonly eager: boolean
}

/** The chunks of a program. */
async function bundle(program: string): Promise<Chunk[]> {
  const bundler = await rolldown({
    input: { main: 'virtual:main' },
    platform: 'browser',
    logLevel: 'silent',
    resolve: { conditionNames: ['chainrule-source', 'browser', 'import', 'default'] },
    plugins: [
      {
        name: 'program',
        resolveId: id => (id === 'virtual:main' ? id : undefined),
        load: id => (id === 'virtual:main' ? program : undefined),
      },
    ],
  })
  const { output } = await bundler.generate({ minify: true, format: 'esm' })
  const chunks = output.filter(o => o.type === 'chunk')
  const eager = new Set(chunks.filter(c => c.isEntry).map(c => c.fileName))
  for (const name of eager) for (const imported of chunks.find(c => c.fileName === name)!.imports) eager.add(imported)
  return chunks.map(c => ({
    bytes: gzipSync(c.code, { level: 9 }).length,
    sources: Object.entries(c.modules).flatMap(([source, { renderedLength }]) =>
      renderedLength > 0 ? [source.replace(/.*chainrule\/src\//, '')] : [],
    ),
    eager: eager.has(c.fileName),
  }))
}
/** A program that uses these exports. */
const using = (...names: string[]): string => `import { ${names} } from ${JSON.stringify(index)}\nconsole.log(${names})`
const total = (chunks: readonly Chunk[]): number => chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
const has = (chunk: Chunk, folder: string): boolean => chunk.sources.some(s => s.startsWith(folder))
/** The chunks that a program downloads before it runs. */
const needed = async (program: string): Promise<Chunk[]> => (await bundle(program)).filter(c => c.eager)

test('tensors and gradients: under 45 kB', async () => {
  const chunks = await needed(using('tensor', 'grad'))
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
    'inspect/',
    'perceptron/',
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
/** The layers, losses and modules of feed-forward and convolutional networks; rooms of other networks come on top. */
const layers = `
  Module sequential residual identity input flatten elementwiseLayer ready buffer isBuffer isFrozen init linear embedding
  conv1d conv2d conv3d convTranspose1d convTranspose2d convTranspose3d dropout dropout2d
  batchNorm1d batchNorm2d batchNorm3d layerNorm groupNorm
  maxPool1d maxPool2d maxPool3d avgPool1d avgPool2d avgPool3d lpPool1d lpPool2d lpPool3d rmsPool1d rmsPool2d rmsPool3d sumPool1d sumPool2d sumPool3d
  adaptiveAvgPool1d adaptiveAvgPool2d adaptiveAvgPool3d adaptiveMaxPool1d adaptiveMaxPool2d adaptiveMaxPool3d
  globalAvgPool globalMaxPool
  relu relu6 leakyRelu prelu elu selu gelu silu mish tanh sigmoid hardSigmoid hardSwish softplus softsign softmax logSoftmax
  crossEntropy nll binaryCrossEntropy binaryCrossEntropyWithLogits mse halfMse l1 smoothL1 huber hinge multiMargin klDiv`
  .trim()
  .split(/\s+/)

/**
 * A step is compiled and run by what is loaded at once: `compile` is synchronous, so nothing else can be waited for. Threads come
 * on top in pages that may have them; reports are loaded by who reads them.
 */
test('core, wasm device, nn and optim: under 83.5 kB', async () => {
  const chunks = await bundle(`
    import { tensor, grad, compile, nn, optim } from ${JSON.stringify(index)}
    console.log(tensor, grad, compile, optim, ${layers.map(name => `nn.${name}`)})`)
  const eager = chunks.filter(c => c.eager)
  const threads = chunks.filter(c => has(c, 'device/wasm/team'))
  console.log(`core, wasm device, nn and optim: ${total(eager)} bytes; with threads ${total([...eager, ...threads])}`)
  expect(eager.some(c => has(c, 'device/wasm/'))).toBe(true)
  expect(total(eager)).toBeLessThan(83_500)
  expect(total(threads)).toBeLessThan(2000)
  for (const later of ['device/js', 'device/explain', 'device/wasm/report', 'device/wasm/team', 'compile/facts'])
    expect([later, chunks.filter(c => has(c, later)).map(c => c.eager)]).toEqual([later, [false]])
  for (const folder of ['data/', 'train/', 'io/', 'tensor/grad-check', 'tensor/profile'])
    expect(
      chunks.some(c => has(c, folder)),
      folder,
    ).toBe(false)
})
test('a page that trains LeNet: only the layers it uses', async () => {
  const chunks = await needed(`
    import { compile, grad, nn, optim, tensor } from ${JSON.stringify(index)}
    const model = nn.sequential(
      nn.conv2d(1, 6, 5, { padding: 2 }), nn.relu(), nn.maxPool2d(2),
      nn.conv2d(6, 16, 5), nn.relu(), nn.maxPool2d(2), nn.flatten(),
      nn.linear(400, 120), nn.relu(), nn.linear(120, 84), nn.relu(), nn.linear(84, 10))
    const optimizer = optim.adam({}, model)
    const step = compile((x, y) => {
      const loss = nn.crossEntropy(model.forward(x), y)
      optimizer.step(grad(loss, optimizer.parameters))
      return loss
    })
    console.log(step, tensor)`)
  console.log(`a page that trains LeNet: ${total(chunks)} bytes`)
  expect(total(chunks)).toBeLessThan(76_000)
  for (const file of ['nn/embedding', 'nn/transposed-convolution', 'nn/normalization/batch', 'optim/sgd'])
    expect(
      chunks.some(c => has(c, file)),
      file,
    ).toBe(false)
})
test('a page that reads and filters pictures: decoders come when a file does', async () => {
  const chunks = await bundle(`
    import { vision } from ${JSON.stringify(index)}
    console.log(vision.decodeImage, vision.filter, vision.kernels, vision.encodePng)`)
  const eager = chunks.filter(c => c.eager)
  console.log(`a page that reads and filters pictures: ${total(eager)} bytes`)
  expect(total(eager)).toBeLessThan(25_000)
  const holds = (some: readonly Chunk[], part: string): boolean => some.some(c => c.sources.some(s => s.includes(part)))
  for (const part of ['data/', 'train/', 'optim/', 'vision/looking', 'vision/augmentation', 'fast-png', 'jpeg-js'])
    expect(holds(eager, part), part).toBe(false)
  for (const decoder of ['fast-png', 'jpeg-js']) expect(holds(chunks, decoder), decoder).toBe(true)
})
test('a page that traces a computation: neither training nor a device at once', async () => {
  const chunks = await needed(`
    import { inspect, tensor } from ${JSON.stringify(index)}
    const graph = await inspect.trace({ y: tensor(1).exp() })
    document.body.innerHTML = inspect.svg(graph) + inspect.mathml(graph, 'y') + inspect.paths(graph, 'y', 0).sum`)
  console.log(`a page that traces a computation: ${total(chunks)} bytes`)
  for (const folder of ['inspect/stepper', 'optim/', 'device/wasm/', 'compile/', 'train/', 'perceptron/', 'io/'])
    expect(
      chunks.some(c => has(c, folder)),
      folder,
    ).toBe(false)
})
test('a page that decides separability: under 4 kB and no tensors', async () => {
  const chunks = await needed(`
    import { perceptron } from ${JSON.stringify(index)}
    console.log(perceptron.decide(perceptron.truthTable(2, perceptron.gates.xor)))`)
  console.log(`a page that decides separability: ${total(chunks)} bytes`)
  expect(total(chunks)).toBeLessThan(4000)
  expect(chunks.some(c => has(c, 'tensor/'))).toBe(false)
})
