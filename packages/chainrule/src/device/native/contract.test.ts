import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Case,
  type Convolution,
  conv,
  convolution,
  convolutions,
  matmul,
  matrices,
  matrix,
  numbers,
  weightGradient,
} from '../../compile/contractions.testing.ts'
import { runKernel } from '../../compile/javascript.ts'
import type { TypedArray } from '../../graph/dtype.ts'
import { printContract, type Strategy, strategyNames, strategyOf } from './contract.ts'
import { compiler, runInC } from './kernels.testing.ts'
import { byModel, type Choose, File, type PrintedKernel, type Printer, type Target } from './printer.ts'

const printLoop = (): never => {
  throw new Error('no loops here')
}
const targets: Target[] = [
  { lanes: 16, registers: 32, fma: true },
  { lanes: 8, registers: 16, fma: true },
  { lanes: 8, registers: 16, fma: false },
  { lanes: 4, registers: 16, fma: false },
  { lanes: 4, registers: 32, fma: true },
]
/** Of random cases per test; the compiler takes its time. */
const count = Number(process.env.FUZZ_RUNS ?? 15)
const named = targets.map(target => ({ name: `${target.lanes} lanes${target.fma ? ', fma' : ''}`, target }))

const buffersOf = ({ kernel, lengths }: Case) =>
  lengths.map((n, i) => (kernel.dtype === 'int32' ? Int32Array.from(numbers(n, i), x => x * 100) : numbers(n, i)))

/** What a kernel's buffers hold at its end. */
const meanings = new WeakMap<Case, TypedArray[]>()
function meaningOf(one: Case): TypedArray[] {
  let meaning = meanings.get(one)
  if (!meaning) {
    meaning = buffersOf(one)
    runKernel(one.kernel, meaning)
    meanings.set(one, meaning)
  }
  return meaning
}

/** The kernel in its two parts: what the first makes is kept elsewhere. */
function inTwoParts(p: Printer, printed: PrintedKernel, buffers: number): PrintedKernel {
  const { scratchBytes } = printed
  const prepared = printed.prepared!
  const all = Array.from({ length: buffers }, (_, i) => `buffers[${i}]`)
  const name = p.intern(
    `two parts ${prepared.run} ${prepared.prepare}`,
    name => `static void ${name}(char* const* buffers, char* scratch) {
char* const kept = aligned_alloc(64, ${((prepared.bytes + 63) & ~63) + 64});
char* const all[] = {${[...all, 'kept'].join(', ')}};
${prepared.prepare}(all, scratch);
__builtin_memset(scratch, 0xff, ${scratchBytes});
${prepared.run}(all, scratch);
free(kept);
}\n`,
  )
  return { ...printed, name }
}

/** Every case the strategies in turn and by choice, and what may be kept from run to run made beforehand. */
function check(target: Target, cases: readonly Case[], forced?: readonly Strategy[], choose: Choose = byModel): void {
  const all = cases.map(c => ({ ...c, buffers: buffersOf(c) }))
  const print = (p: Printer, { kernel }: Case): PrintedKernel => {
    const choosing: Printer = {
      target,
      choose,
      intern: (key, text) => p.intern(key, text),
      table: values => p.table(values),
    }
    return printContract(choosing, kernel, printLoop, forced)
  }
  const parted = all.filter(one => print(new File(target), one).prepared)
  const runs = runInC(target, [
    ...all.map(one => ({ buffers: one.buffers, print: (p: Printer) => print(p, one) })),
    ...parted.map(one => ({
      buffers: one.buffers,
      print: (p: Printer) => inTwoParts(p, print(p, one), one.buffers.length),
    })),
  ])
  for (const [c, one] of cases.entries()) {
    for (const [i, want] of meaningOf(one).entries()) {
      const have = runs[c]!.buffers[i]!
      const apart = runs[all.length + parted.indexOf(all[c]!)]?.buffers[i]
      if (parted.includes(all[c]!)) expect(have.every((value, j) => Object.is(value, apart![j]))).toBe(true)
      const scale = Array.from(want).reduce((m, x) => Math.max(m, Math.abs(x)), 1e-3)
      for (let j = 0; j < want.length; j++)
        if (!(Math.abs(have[j]! - want[j]!) <= 1e-5 * scale))
          throw new Error(
            `case ${c}, buffer ${i}, element ${j}: ${have[j]} for ${want[j]}\n${JSON.stringify(cases[c]!.kernel)}`,
          )
    }
  }
}
const drawn = <T extends { tail: string }>(from: fc.Arbitrary<T>, size: number, seed: number): T[] =>
  fc.sample(
    from.filter(p => p.tail !== 'index'),
    { numRuns: size, seed },
  )

describe.skipIf(!compiler)('matrix products', { timeout: 120_000 }, () => {
  const sizes = [
    [13, 17, 2500],
    [7, 9, 4099],
    [1, 33, 3000],
    [700, 9, 1030],
    [5, 300, 1025],
    [30, 1100, 800],
  ] as const
  const long = sizes.flatMap(([m, n, k]) =>
    [false, true].map(transposeB => matmul(matrix({ m, n, k, transposeB, tail: 'rowRelu' }))),
  )
  it.each(named)('any size, order and epilogue ($name)', ({ target }) => {
    check(target, drawn(matrices, count, target.lanes).map(matmul))
  })
  it.each([named[0]!, named[3]!])(
    'long reductions in blocks, many rows and columns in blocks ($name)',
    ({ target }) => {
      for (const forced of [undefined, ['gemm'], ['columns'], ['dot']] as const) check(target, long, forced)
    },
  )
  it.each([named[0]!, named[3]!])('every tile that may be chosen ($name)', ({ target }) => {
    const seen = new Set<string>()
    for (const wide of [1, 2, 3, 4])
      check(target, long.slice(-4), ['gemm'], (_, names) => {
        for (const name of names) seen.add(name)
        return `gemm ${wide} wide`
      })
    expect(seen.size).toBeGreaterThan(2)
  })
})

describe.skipIf(!compiler)('convolutions', { timeout: 240_000 }, () => {
  const kinds = strategyNames.filter(s => s !== 'gemm' && !s.startsWith('winograd'))
  it.each(named)('any geometry ($name)', ({ target }) => {
    check(target, drawn(convolutions, count, target.lanes).map(convolution))
  })
  it.each(named)('weight gradients of any geometry ($name)', ({ target }) => {
    check(target, drawn(convolutions, count, target.lanes + 1).map(weightGradient))
  })
  it.each(kinds)('any geometry by %s', strategy => {
    for (const target of [targets[0]!, targets[3]!])
      check(
        target,
        drawn(convolutions, Math.ceil(count / 2), strategy.length).flatMap(p => [convolution(p), weightGradient(p)]),
        [strategy],
      )
  })
  it.each([named[0]!, named[1]!, named[3]!])('one channel in and one out ($name)', ({ target }) => {
    const single = convolutions
      .filter(p => p.size.length === 2)
      .map(p => ({ ...p, inputs: 1, outputs: 1, groups: 3, stride: [1, p.stride[1]!], dilation: [1, p.dilation[1]!] }))
      .filter(p => p.size[0]! + p.low[0]! + p.high[0]! >= p.taps[0]!)
    check(target, drawn(single, count, target.lanes).map(convolution), ['direct'])
    const large = conv({ images: 2, groups: 3, inputs: 1, outputs: 1, size: [45, 37], low: [2, 2], high: [2, 2] })
    check(target, [convolution({ ...large, taps: [5, 5] }), convolution({ ...large, taps: [7, 7], tail: 'mask' })])
  })
  it('many taps of a strided row, in tiles that begin at odd ones', () => {
    const row = { images: 3, inputs: 4, outputs: 1, groups: 2, taps: [14], stride: [2], dilation: [1] }
    const one = conv({ ...row, size: [47], low: [-1], high: [-1] })
    for (const strategy of kinds) check(targets[3]!, [convolution(one), weightGradient(one)], [strategy])
  })
})

describe.skipIf(!compiler)('3×3 convolutions by minimal filtering', { timeout: 240_000 }, () => {
  const geometries = fc.record({
    images: fc.integer({ min: 1, max: 40 }),
    groups: fc.constantFrom(1, 1, 2),
    inputs: fc.integer({ min: 1, max: 40 }),
    outputs: fc.integer({ min: 1, max: 70 }),
    size: fc.tuple(fc.integer({ min: 2, max: 19 }), fc.integer({ min: 2, max: 37 })),
    low: fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1, max: 3 })),
    high: fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1, max: 3 })),
    flipped: fc.boolean(),
    inputLast: fc.boolean(),
    outputLast: fc.boolean(),
    tail: fc.constantFrom<Convolution['tail']>('none', 'column', 'rowRelu', 'residual', 'mask', 'two'),
  })
  const draw = (seed: number) =>
    fc
      .sample(geometries, { numRuns: Math.ceil(count / 4), seed })
      .map(p => conv(p))
      .filter(p => p.size.every((s, i) => s + p.low[i]! + p.high[i]! >= 3))
  it.each([named[0]!, named[1]!, named[3]!])('any geometry ($name)', ({ target }) => {
    check(target, draw(target.lanes).map(convolution), ['winograd'])
    check(target, draw(target.lanes + 1).map(weightGradient), ['winograd gradient'])
  })
})

describe.skipIf(!compiler)('strategies', { timeout: 120_000 }, () => {
  const cases: [string, Case, Strategy][] = [
    ['matrix product', matmul(matrix({})), 'gemm'],
    ['large matrices', matmul(matrix({ m: 300, n: 300, k: 300, transposeB: true })), 'gemm'],
    ['vector times transposed matrix', matmul(matrix({ m: 1, n: 200, k: 300, transposeB: true })), 'dot'],
    ['matrix times vector', matmul(matrix({ m: 200, n: 1, k: 300 })), 'dot'],
    ['vector times matrix', matmul(matrix({ m: 1 })), 'gemm'],
    ['convolution with few outputs', convolution(conv({ outputs: 6, size: [28, 28] })), 'direct'],
    ['depthwise convolution', convolution(conv({ groups: 6, inputs: 1, outputs: 1, size: [28, 28] })), 'direct'],
    [
      'phase of a strided input gradient',
      convolution(
        conv({ images: 8, inputs: 16, outputs: 7, size: [9, 12], taps: [2, 1], low: [1, 0], high: [0, 0], apart: 2 }),
      ),
      'direct',
    ],
    ['convolution with many outputs', convolution(conv({ inputs: 32, outputs: 32, taps: [5, 5] })), 'convolution'],
    ['3×3 convolution with many channels', convolution(conv({ inputs: 32, outputs: 32 })), 'winograd'],
    [
      'convolution of narrow maps',
      convolution(conv({ inputs: 32, outputs: 32, size: [2, 2], images: 9 })),
      'convolution',
    ],
    ['weight gradient with few channels', weightGradient(conv({ outputs: 6, size: [28, 28] })), 'dot'],
    ['depthwise weight gradient', weightGradient(conv({ groups: 6, inputs: 1, outputs: 1 })), 'dot'],
    [
      'weight gradient over chunks of images',
      weightGradient(conv({ images: 40, inputs: 16, outputs: 32, size: [20, 20], taps: [5, 5] })),
      'gradient',
    ],
    [
      'weight gradient of small maps',
      weightGradient(conv({ images: 5, inputs: 32, outputs: 32, size: [4, 4] })),
      'convolution',
    ],
    [
      'weight gradient of 3×3 taps',
      weightGradient(conv({ images: 2, inputs: 64, outputs: 64, size: [56, 56] })),
      'winograd gradient',
    ],
    [
      'more channels than a panel of weights holds',
      convolution(conv({ inputs: 1300, outputs: 20, size: [5, 5], stride: [2, 2] })),
      'gradient',
    ],
    [
      'every other pixel',
      convolution(
        conv({
          images: 32,
          inputs: 64,
          outputs: 128,
          size: [8, 8],
          taps: [1, 1],
          stride: [2, 2],
          low: [0, 0],
          high: [0, 0],
        }),
      ),
      'columns',
    ],
  ]
  it.each(cases)('%s', (_, one, strategy) => {
    expect(strategyOf(one.kernel, targets[0]!)).toBe(strategy)
    check(targets[0]!, [one])
  })
  it('leaves empty results alone', () => {
    check(
      targets[0]!,
      [{ m: 0 }].map(more => matmul(matrix(more))),
    )
  })
  it('gives equal bits each time', () => {
    const one = convolution(conv({ tail: 'tanh' }))
    const run = () =>
      runInC(targets[0]!, [{ buffers: buffersOf(one), print: p => printContract(p, one.kernel, printLoop) }])[0]!
        .buffers[2]
    expect(run()).toEqual(run())
  })
})
