/** Every program in `examples/` runs, in a process of its own, and says what it should; the README shows them as they are. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')
const examples = join(root, 'examples')

/** What a program prints; bundled from the sources, so that nothing has to be built first. */
async function output(file: string): Promise<string> {
  const folder = await mkdtemp(join(root, 'node_modules/.example-'))
  try {
    const outfile = join(folder, 'program.mjs')
    await build({
      entryPoints: [join(examples, file)],
      bundle: true,
      conditions: ['chainrule-source'],
      format: 'esm',
      platform: 'node',
      outfile,
      alias: { chainrule: join(root, 'packages/chainrule/src/index.ts') },
    })
    return (await promisify(execFile)(process.execPath, [outfile], { cwd: root })).stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}

const expectations: Readonly<Record<string, (text: string) => void>> = {
  'activations.ts': text => {
    expect(text).toMatch(/^sigmoid +0\.1192 +0\.5000 +0\.8808 +0\.1050 +0\.2500 +0\.1050$/m)
    expect(text).toMatch(/^relu +0\.0000 +0\.0000 +2\.0000 +0\.0000 +0\.0000 +1\.0000$/m)
  },
  'backpropagation.ts': text => {
    const found = [...text.matchAll(/differences (.*), slide against engine (.*)$/gm)].map(m => m.slice(1).map(Number))
    expect(found).toHaveLength(3)
    for (const [differences] of found) expect(differences).toBeLessThan(1e-8)
    expect(found.map(([, slide]) => slide! < 2e-6)).toEqual([true, true, false])
  },
  'computational-graph.ts': text => {
    const [sum, gradient] = /their sum (\S+) is the gradient (\S+)/.exec(text)!.slice(1).map(Number)
    expect(sum).toBe(gradient)
    const products = [...text.matchAll(/→ w1: (\S+)/g)].map(m => Number(m[1]))
    expect(products).toHaveLength(4)
    expect(products.reduce((a, b) => a + b)).toBeCloseTo(gradient!, 3)
  },
  'cross-validation.ts': text => {
    const accuracies = [...text.matchAll(/accuracy (0\.\d+)/g)].map(m => Number(m[1]))
    expect(accuracies).toHaveLength(5)
    expect(Math.min(...accuracies)).toBeGreaterThan(0.8)
    expect(Number(/mean (0\.\d+)/.exec(text)![1])).toBeCloseTo(accuracies.reduce((a, b) => a + b) / 5, 2)
  },
  'feed-forward.ts': text => expect(text).toContain('a5 = g(w35·g(w13·a1 + w23·a2) + w45·g(w14·a1 + w24·a2))\n'),
  'five-lines.ts': text => expect(text).toContain('0⊕0, 0⊕1, 1⊕0, 1⊕1 = 0,1,1,0'),
  'fashion-resnet.ts': text =>
    expect(Number(/epoch 2: .* test accuracy (0\.\d+)/.exec(text)?.[1])).toBeGreaterThan(0.9),
  'gradient-descent.ts': text => {
    const start = /start: (w = .*)/.exec(text)![1]!
    expect(text).toContain(`back to the start: ${start}`)
    const last = [...text.matchAll(/^ {2}\S.*: .* (\S+) \(\d+ updates\)$/gm)].map(m => Number(m[1]))
    expect(last).toHaveLength(3)
    expect(last[0]).toBeGreaterThan(10 * last[1]!)
    expect(last[1]).toBeGreaterThan(last[2]!)
    expect(text).toMatch(/learning rate 1.2: The loss grew \d+ steps in a row.*above 2\/curvature = 0\.9/)
  },
  'kernels.ts': text => {
    expect(text).toContain('correlation 2; true convolution turns the kernel first: -2')
    const [plain, raw, divided] = /brightness (.*); .*8: (.*), normalised (.*)/.exec(text)!.slice(1).map(Number)
    expect(raw! / plain!).toBeCloseTo(8, 1)
    expect(divided).toBeCloseTo(plain!, 2)
    const [zero, ...others] = [...text.matchAll(/border \w+: (.*)/g)].map(m => Number(m[1]))
    for (const border of others) expect(zero! / border).toBeLessThan(0.7)
  },
  'language-model.ts': text => {
    expect(Number(/5-gram: test perplexity (.*)/.exec(text)![1])).toBeCloseTo(3.4, 1)
    // of 79 characters; the quick form is not long enough to pass the 5-gram
    expect(Number(/LSTM: test perplexity (.*);/.exec(text)![1])).toBeLessThan(9)
  },
  'looking-inside.ts': text => {
    const [difference, sum] = /black: (.*), .* gradients: (.*)/.exec(text)!.slice(1).map(Number)
    expect(sum).toBeCloseTo(difference!, 0)
    expect(text).toContain('a channel of layer 3 sees 14 × 14 pixels')
    expect(Number(/for (\d+) of 16 channels/.exec(text)?.[1])).toBeGreaterThan(11)
    const seen = /seen as (.*)/.exec(text)![1]!.split(',').map(Number)
    expect(seen.filter((c, i) => c === i).length).toBeGreaterThan(7)
  },
  'picture-structure.ts': text => {
    const row = (name: string): [number, number] => {
      const [, dense, convolutional] = new RegExp(`^${name} +(0\\.\\d+) +(0\\.\\d+)$`, 'm').exec(text)!
      return [Number(dense), Number(convolutional)]
    }
    const [[dense, convolutional], [denseShuffled, convolutionalShuffled]] = [
      row('as they are'),
      row('pixels shuffled'),
    ]
    expect(convolutional).toBeGreaterThan(dense + 0.01)
    expect(Math.abs(dense - denseShuffled)).toBeLessThan(0.02)
    expect(convolutionalShuffled).toBeLessThan(convolutional - 0.03)
    for (const change of ['moved 3', 'scaled 0.75', 'scaled 1.3']) {
      const [a, b] = row(change)
      expect(b, change).toBeGreaterThan(a + 0.15)
    }
    const [, dark] = row('darkened 0.1')
    expect(dark, 'neither knows of light').toBeLessThan(convolutional - 0.1)
  },
  'pooling.ts': text => {
    for (const line of [
      /^maximum +6 8 3 4\n {4}0 0 0 0\n {4}0 1 0 1\n {4}1 0 0 0\n {4}0 0 0 1$/m,
      /^average +3.25 5.25 2 2$/m,
      /^L2, as a norm +7.9373 11.5326 4.2426 5.099$/m,
      /^L2, root mean square +3.9686 5.7663 2.1213 2.5495$/m,
      /^parameters: 0\na dot in column 0: 1 0 0 0\na dot in column 1: 1 0 0 0\na dot in column 2: 0 1 0 0$/m,
    ])
      expect(text).toMatch(line)
  },
  'learning-rate.ts': text => {
    const [fastest, least] = /falls fastest at (\S+), is least at (\S+)/.exec(text)!.slice(1).map(Number)
    expect(fastest).toBeGreaterThan(1e-3)
    expect(fastest).toBeLessThan(least!)
    const [slow, right, fast] = [...text.matchAll(/test accuracy (0\.\d+)/g)].map(m => Number(m[1]))
    expect(right).toBeGreaterThan(0.9)
    expect(right).toBeGreaterThan(Math.max(slow!, fast!))
  },
  'lenet.ts': text => expect(Number(/epoch 3: test accuracy (0\.\d+)/.exec(text)?.[1])).toBeGreaterThan(0.95),
  'networks.ts': text => {
    for (const parameters of ['60,000', '60,965,224', '61,100,840', '138,357,544', '6,998,552', '25,557,032'])
      expect(text).toContain(` ${parameters} `)
    expect(text).toMatch(/^VGG-16 .* 89 %$/m)
    expect(text).toContain('11x11 kernel, stride 4, padding 0 does not fit 224')
  },
  'neuron.ts': text => {
    expect(text).toContain('output = σ(w1·x1 + w2·x2 + w3·x3 + b)')
    expect(text).toContain('bias -0.5: sums 0.2, 0.4, 0.6, 0.8 give 0 0 1 1')
    expect(text).toContain('  1 1 0 → 1\n  1 1 1 → 0')
  },
  'output-size.ts': text => {
    expect(text).toContain("stride 3: 2.33 doesn't fit")
    expect(text).toMatch(/^7 +linear\(400, 10\) .* 32×32$/m)
  },
  'perceptron.ts': text => {
    expect(text).toContain('and: separable, found in 10 updates')
    expect(text).toContain('or: separable, found in 4 updates')
    expect(text).toMatch(/^xor: not separable: the point \(0\.5, 0\.5\).*every 4 presentations$/m)
    expect(text).toContain('of the 16 functions of two bits 14 are separable')
    expect(text).not.toContain('checked: false')
    expect(text).toMatch(/^\d+ digits, 0 against 1: separable, found in \d+ updates$/m)
    expect(text).toMatch(/^\d+ digits, 3 against 5: separable, found in \d+ updates$/m)
  },
  'pretraining.ts': text => {
    const row = (start: string): { accuracy: number; norms: number[] } => {
      const [accuracy, ...norms] = new RegExp(`^${start} +(.*)$`, 'm').exec(text)![1]!.split(/ +/).map(Number)
      return { accuracy: accuracy!, norms }
    }
    const random = row('sigmoid, random')
    expect(random.accuracy).toBeLessThan(0.6)
    expect(random.norms[0]! / random.norms.at(-1)!).toBeLessThan(1e-3) // vanishes
    for (const start of ['sigmoid, autoencoders', 'sigmoid, Boltzmann machines']) {
      expect(row(start).accuracy).toBeGreaterThan(0.8)
      expect(row(start).norms[0]! / row(start).norms.at(-1)!).toBeGreaterThan(1e-3)
    }
    for (const start of ['sigmoid, 4 × Xavier', 'tanh, Xavier', 'ReLU, He'])
      expect(row(start).accuracy).toBeGreaterThan(0.95)
  },
  'universal-approximator.ts': text => {
    const best = [...text.matchAll(/(\d+) units: largest error (\S+) at best/g)].map(m => Number(m[2]))
    expect(best).toHaveLength(9)
    expect(best[5]).toBeLessThan(0.05)
    expect(best[5]).toBeLessThan(best[2]! / 5)
    for (const hopeless of best.slice(6)) expect(hopeless).toBeGreaterThan(0.95)
  },
  'worked-example.ts': text => {
    expect(text).toContain('s = 1, ŷ = σ(s) = 0.7310586, L = (ŷ − y)² = 0.0723295')
    expect(text).toContain('∂L/∂w₁ = -0.010575417, on the slide -0.0106')
    expect(text).toMatch(/^ {3}2 {3}0\.88 {3}0\.10$/m)
    expect(text).toContain('w = (1.01058, 2.01586, 3.02115), ŷ = 0.73256')
    expect(text).toContain('their sum: -0.53788')
  },
  'xor.ts': text => {
    const rates = [...text.matchAll(/: (\S+) % with the squared error, (\S+) % with cross entropy/g)].map(m =>
      m.slice(1).map(Number),
    )
    expect(rates).toHaveLength(4)
    for (const rate of rates.slice(0, 3).flat()) expect(rate).toBeLessThan(90)
    for (const rate of rates[3]!) expect(rate).toBeGreaterThan(97)
  },
  'text-classifier.ts': text => {
    const accuracy = (kind: string): number => Number(new RegExp(`^${kind}: test accuracy (\\S+)`, 'm').exec(text)![1])
    // of four times; a tenth of the sentences
    expect(accuracy('bag of words')).toBeGreaterThan(0.58)
    expect(accuracy('kernels and bag')).toBeGreaterThan(0.58)
    expect(text).toMatch(/^\d-gram kernel \d+, 1946-2021: .* \| .*/m)
  },
}

test('every example has an expectation', () => {
  expect(Object.keys(expectations).sort()).toEqual(
    readdirSync(examples)
      .filter(f => f.endsWith('.ts'))
      .sort(),
  )
})

test.each(Object.keys(expectations))(
  '%s',
  async file => {
    expectations[file]!(await output(file))
  },
  60_000,
)

test('the README shows the examples as they are', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(m => m[1]!)
  expect(blocks).toHaveLength(2)
  for (const [i, file] of ['lenet.ts', 'five-lines.ts'].entries()) {
    const [, ...program] = readFileSync(join(examples, file), 'utf8').split('\n') // without the opening comment
    expect(blocks[i]).toBe(program.join('\n'))
  }
})
