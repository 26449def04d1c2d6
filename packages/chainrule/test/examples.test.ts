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
    expect(Number(/epoch 3: .* test accuracy (0\.\d+)/.exec(text)?.[1])).toBeGreaterThan(0.9),
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
