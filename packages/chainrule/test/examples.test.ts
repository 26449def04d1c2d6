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
  'five-lines.ts': text => expect(text).toContain('0⊕0, 0⊕1, 1⊕0, 1⊕1 = 0,1,1,0'),
  'fashion-resnet.ts': text =>
    expect(Number(/epoch 2: .* test accuracy (0\.\d+)/.exec(text)?.[1])).toBeGreaterThan(0.9),
  'kernels.ts': text => {
    expect(text).toContain('correlation 2; true convolution turns the kernel first: -2')
    const [plain, raw, divided] = /brightness (.*); .*8: (.*), normalised (.*)/.exec(text)!.slice(1).map(Number)
    expect(raw! / plain!).toBeCloseTo(8, 1)
    expect(divided).toBeCloseTo(plain!, 2)
    const [zero, ...others] = [...text.matchAll(/border \w+: (.*)/g)].map(m => Number(m[1]))
    for (const border of others) expect(zero! / border).toBeLessThan(0.7)
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
  'lenet.ts': text => expect(Number(/epoch 3: test accuracy (0\.\d+)/.exec(text)?.[1])).toBeGreaterThan(0.95),
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
