/** S5: the size of the output, and what to do when the kernel does not fit. */
import { ChainruleError, nn, type Tensor, tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { choice, integer } from '../../frame/schema.ts'
import { outputSize } from '../../frame/slide.ts'

export type Policy = 'refuse' | 'floor' | 'ceil'
export interface State {
  readonly n: number
  readonly f: number
  readonly p: number
  readonly s: number
  readonly policy: Policy
}
export interface Derived {
  /** (N + 2P − F) / S + 1 */
  readonly exact: number
  /** What the engine gives: undefined when it refuses. */
  readonly size: number | undefined
  readonly refusal: string | undefined
  /** Zeros that 'ceil' adds behind. */
  readonly extra: number
  /** Where each place of the kernel begins; the padded input begins at 0. */
  readonly starts: readonly number[]
  /** Positions of the padded input that no place covers. */
  readonly unread: readonly number[]
}

/** A row of N ones, with padding before and behind, through a real convolution with a kernel of F. */
function run({ n, f, p, s, policy }: State, extra: number): Tensor {
  const row = tensor(new Float32Array(n).fill(1)).reshape([1, 1, n])
  const padded = row.pad([0, 0, [p, p + extra]])
  const options = { stride: s, bias: false, weightInit: nn.init.ones } as const
  const layer = nn.conv1d(1, 1, f, { ...options, round: policy === 'floor' ? 'floor' : 'exact' })
  return layer.forward(padded as never) as unknown as Tensor
}

export const model: Model<State, Derived> = {
  schema: {
    n: integer('input N', 7, { min: 1, max: 256 }),
    f: integer('kernel F', 3, { min: 1, max: 15 }),
    p: integer('padding P', 0, { min: 0, max: 7 }),
    s: integer('stride S', 3, { min: 1, max: 8 }),
    policy: choice(
      'when it does not fit',
      { refuse: 'refuse (the lecture)', floor: 'round down (PyTorch)', ceil: 'pad more, round up' },
      'refuse',
    ),
  },
  async derive(state) {
    const { n, f, p, s, policy } = state
    const exact = outputSize(n, f, p, s)
    const extra = policy === 'ceil' ? Math.max(0, (Math.ceil(exact) - 1) * s + f - n - 2 * p) : 0
    try {
      const y = run(state, extra)
      const size = (await y.data()).length
      const starts = Array.from({ length: size }, (_, i) => i * s)
      const length = n + 2 * p + extra
      const unread = Array.from({ length }, (_, i) => i).filter(i => !starts.some(start => i >= start && i < start + f))
      return { exact, size, refusal: undefined, extra, starts, unread }
    } catch (error) {
      if (!(error instanceof ChainruleError)) throw error
      const fits = Math.max(0, Math.floor(exact))
      const starts = Array.from({ length: fits }, (_, i) => i * s)
      const end = fits === 0 ? 0 : starts.at(-1)! + f
      const unread = Array.from({ length: n + 2 * p - end }, (_, i) => end + i)
      return { exact, size: undefined, refusal: error.message, extra, starts, unread }
    }
  },
  table: ({ n, f, p, s }, { exact, size }) => ({
    caption: 'Sizes',
    columns: ['quantity', 'value'],
    rows: [
      ['N', n],
      ['F', f],
      ['P', p],
      ['S', s],
      ['(N + 2P − F) / S + 1', exact],
      ['output', size ?? 'refused'],
    ],
  }),
  code: ({ n, f, p, s, policy }) => `import { nn, zeros } from 'chainrule'

// ${policy === 'ceil' ? 'convolutions round down; pooling layers also know round: "ceil"' : 'round: "exact" is the rule'}
const layer = nn.conv1d(1, 1, ${f}, { stride: ${s}, padding: ${p}, round: '${policy === 'refuse' ? 'exact' : 'floor'}' })
try {
  console.log(layer.forward(zeros([1, 1, ${n}])).shape.at(-1))
} catch {
  console.log('it does not fit')
}
console.log(${outputSize(n, f, p, s)})
`,
  say: (_, { exact, size }) =>
    size === undefined
      ? `The formula gives ${exact.toPrecision(4)}: the kernel does not fit.`
      : `The output has ${size} places.`,
}
