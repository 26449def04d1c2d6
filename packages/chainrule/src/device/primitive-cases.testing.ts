/**
 * For tests: small known answers for every primitive, worked out by hand or taken from mathematics, in float32, int32 and
 * bool, so that every device can be held to them. Larger and random cases compare a device with the reference device.
 */
import * as b from '../graph/build.ts'
import type { Node, Primitive } from '../graph/node.ts'
import { uniformAt } from '../graph/threefry.ts'
import { leaf } from './js/evaluate.testing.ts'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const max32 = 2 ** 31 - 1
const min32 = -(2 ** 31)

const f = (values: readonly number[], shape?: readonly number[]) => leaf(values, shape, 'float32')
const i = (values: readonly number[], shape?: readonly number[]) => leaf(values, shape, 'int32')
const t = (values: readonly number[], shape?: readonly number[]) => leaf(values, shape, 'bool')
/** 1, 2, 3, … */
const count = (...shape: number[]) =>
  f(
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, k) => k + 1),
    shape,
  )
/** `expected` is rounded to the output's dtype when it is compared. */
export type Known = readonly [name: string, output: Node, expected: readonly number[]]
const plain = {
  stride: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  dilation: [1, 1],
  inputDilation: [1, 1],
} as const
const pool = { window: [2], stride: [2], padding: [[0, 0]], dilation: [1] } as const

export const primitiveCases: { readonly [P in Primitive]: readonly Known[] } = {
  constant: [['', b.constant(0.5), [0.5]]],
  iota: [['', b.iota(4), [0, 1, 2, 3]]],
  source: [['', f([1, 2]), [1, 2]]],
  random: [
    ['first draw of key 0', b.random(i([0, 0]), []), [(0x6b200159 >>> 8) * 2 ** -24]],
    ['the key has two words', b.random(i([1, -2]), [2, 2]), [0, 1, 2, 3].map(n => uniformAt([1, -2], n))],
  ],

  neg: [
    ['', b.neg(f([1, -2])), [-1, 2]],
    ['int32 wraps', b.neg(i([5, min32])), [-5, min32]],
  ],
  abs: [
    ['', b.abs(f([1, -2, -inf])), [1, 2, inf]],
    ['int32 wraps', b.abs(i([-5, min32])), [5, min32]],
  ],
  sign: [
    ['', b.sign(f([3, -2, 0, nan, -inf])), [1, -1, 0, nan, -1]],
    ['int32', b.sign(i([3, -2, 0])), [1, -1, 0]],
  ],
  floor: [['', b.floor(f([1.5, -1.5, 2, -inf])), [1, -2, 2, -inf]]],
  ceil: [['', b.ceil(f([1.5, -1.5, 2, nan])), [2, -1, 2, nan]]],
  round: [
    ['halves to even', b.round(f([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6, 1e10, nan])), [0, 2, 2, 0, -2, 2, 3, 1e10, nan]],
  ],
  sqrt: [['', b.sqrt(f([4, 2, 0, -1])), [2, Math.SQRT2, 0, nan]]],
  exp: [['', b.exp(f([0, 1, -1, 200, -200])), [1, Math.E, 1 / Math.E, inf, 0]]],
  log: [['', b.log(f([1, 2, 0, -1])), [0, Math.LN2, -inf, nan]]],
  sin: [['', b.sin(f([0, 1, -2])), [0, 0.8414709848078965, -0.9092974268256817]]],
  cos: [['', b.cos(f([0, 1, -2])), [1, 0.5403023058681398, -0.4161468365471424]]],
  tanh: [['', b.tanh(f([0, 1, -50, 50])), [0, 0.7615941559557649, -1, 1]]],
  sigmoid: [['', b.sigmoid(f([0, 1, -200, 200])), [0.5, 0.7310585786300049, 0, 1]]],
  erf: [
    ['', b.erf(f([0, 0.5, -1, 3, 9, nan])), [0, 0.5204998778130465, -0.8427007929497149, 0.9999779095030014, 1, nan]],
  ],
  relu: [
    ['', b.relu(f([1, -1, 0, nan])), [1, 0, 0, nan]],
    ['int32', b.relu(i([1, -1])), [1, 0]],
  ],
  not: [['', b.not(t([0, 1])), [1, 0]]],

  add: [
    ['', b.add(f([1, 2]), f([3, -4])), [4, -2]],
    ['int32 wraps', b.add(i([max32]), i([1])), [min32]],
  ],
  sub: [
    ['', b.sub(f([1, 2]), f([3, -4])), [-2, 6]],
    ['int32 wraps', b.sub(i([min32]), i([1])), [max32]],
  ],
  mul: [
    ['', b.mul(f([1, 2]), f([3, -4])), [3, -8]],
    ['int32 keeps the low bits', b.mul(i([123456789, -3]), i([987654321, 7])), [-67153019, -21]],
  ],
  div: [
    ['', b.div(f([1, -1, 0]), f([4, 0, 0])), [0.25, -inf, nan]],
    ['int32 truncates; by 0 is 0', b.div(i([7, -7, 7, 5, min32]), i([2, 2, -2, 0, -1])), [3, -3, -3, 0, min32]],
  ],
  mod: [
    [
      'takes the sign of the divisor',
      b.mod(f([5.5, -5.5, 5.5, -5.5, 6]), f([2, 2, -2, -2, 2])),
      [1.5, 0.5, -0.5, -1.5, 0],
    ],
    ['int32; by 0 is 0', b.mod(i([7, -7, 7, -7, 5]), i([3, 3, -3, -3, 0])), [1, 2, -2, -1, 0]],
  ],
  pow: [['', b.pow(f([2, -2, 2, 0, -8, 0]), f([3, 3, -1, 0, 0.5, -1])), [8, -8, 0.5, 1, nan, inf]]],
  maximum: [
    ['NaN wins', b.maximum(f([1, 5, nan, 1]), f([2, 3, 1, nan])), [2, 5, nan, nan]],
    ['int32', b.maximum(i([1, 5]), i([2, -3])), [2, 5]],
  ],
  minimum: [
    ['NaN wins', b.minimum(f([1, 5, nan, 1]), f([2, 3, 1, nan])), [1, 3, nan, nan]],
    ['int32', b.minimum(i([1, 5]), i([2, -3])), [1, -3]],
  ],
  and: [['', b.and(t([0, 0, 1, 1]), t([0, 1, 0, 1])), [0, 0, 0, 1]]],
  or: [['', b.or(t([0, 0, 1, 1]), t([0, 1, 0, 1])), [0, 1, 1, 1]]],
  equal: [
    ['', b.equal(f([1, 2, nan]), f([1, 3, nan])), [1, 0, 0]],
    ['bool', b.equal(t([0, 1]), t([0, 0])), [1, 0]],
    ['int32 that float32 cannot tell apart', b.equal(i([16777217]), i([16777216])), [0]],
  ],
  less: [
    ['', b.less(f([1, 2, 3, nan]), f([2, 2, 2, 0])), [1, 0, 0, 0]],
    ['int32', b.less(i([-1, 16777216]), i([0, 16777217])), [1, 1]],
  ],
  lessEqual: [
    ['', b.lessEqual(f([1, 2, 3, nan]), f([2, 2, 2, nan])), [1, 1, 0, 0]],
    ['int32', b.lessEqual(i([-1, 1]), i([-1, 0])), [1, 0]],
  ],
  where: [
    ['does not look at what is not chosen', b.where(t([1, 0]), f([1, nan]), f([nan, 2])), [1, 2]],
    ['int32', b.where(t([1, 0]), i([1, 2]), i([3, 4])), [1, 4]],
    ['bool', b.where(t([1, 0]), t([1, 1]), t([0, 0])), [1, 0]],
  ],
  cast: [
    [
      'float to int32 truncates and saturates',
      b.cast(f([1.9, -1.9, nan, 1e20, -inf]), 'int32'),
      [1, -1, 0, max32, min32],
    ],
    ['anything to bool', b.cast(f([0, 0.5, -1]), 'bool'), [0, 1, 1]],
    ['int32 to bool', b.cast(i([0, 256, -1]), 'bool'), [0, 1, 1]],
    ['bool to float32', b.cast(t([0, 1]), 'float32'), [0, 1]],
    ['int32 to float32 rounds', b.cast(i([3, 16777217]), 'float32'), [3, 16777216]],
  ],

  reshape: [['', b.reshape(count(2, 3), [3, 2]), [1, 2, 3, 4, 5, 6]]],
  permute: [
    ['', b.permute(count(2, 3), [1, 0]), [1, 4, 2, 5, 3, 6]],
    ['a cycle', b.permute(count(2, 1, 3), [2, 0, 1]), [1, 4, 2, 5, 3, 6]],
  ],
  expand: [
    ['', b.expand(count(2, 1), [2, 3]), [1, 1, 1, 2, 2, 2]],
    ['to nothing', b.expand(count(1), [0]), []],
  ],
  pad: [
    [
      '',
      b.pad(count(1, 2), [
        [1, 0],
        [1, 2],
      ]),
      [0, 0, 0, 0, 0, 0, 1, 2, 0, 0],
    ],
  ],
  slice: [
    ['', b.slice(count(3, 3), [1, 0], [3, 2]), [4, 5, 7, 8]],
    ['steps', b.slice(count(7), [1], [7], [3]), [2, 5]],
    ['nothing', b.slice(count(3), [2], [2]), []],
  ],
  flip: [['', b.flip(count(2, 2), [0]), [3, 4, 1, 2]]],
  concat: [['', b.concat([count(2, 1), count(2, 2)], 1), [1, 1, 2, 2, 3, 4]]],

  sum: [
    ['', b.sum(count(2, 3), [1]), [6, 15]],
    ['several axes', b.sum(count(2, 3, 2), [0, 2]), [18, 26, 34]],
    ['of nothing', b.sum(b.slice(count(2, 3), [0, 0], [0, 3]), [0]), [0, 0, 0]],
    ['int32 wraps', b.sum(i([max32, max32, 4]), [0]), [2]],
  ],
  max: [
    ['', b.max(f([1, 5, 2, -4, -3, -9], [2, 3]), [1]), [5, -3]],
    ['NaN wins', b.max(f([1, nan, 2]), [0]), [nan]],
    ['int32', b.max(i([-5, min32, -7]), [0]), [-5]],
  ],
  argmax: [
    ['the first of equals', b.argmax(f([1, 5, 5, -3, -4, -3], [2, 3]), 1), [1, 0]],
    ['NaN is largest', b.argmax(f([1, nan, inf, nan]), 0), [1]],
    ['along the first axis', b.argmax(f([1, 5, 2, 4], [2, 2]), 0), [1, 0]],
    ['of −∞', b.argmax(f([-inf, -inf]), 0), [0]],
  ],

  dot: [
    ['', b.dot(count(2, 3), count(3, 2)), [22, 28, 49, 64]],
    ['batched', b.dot(count(2, 1, 2), count(2, 2, 1)), [5, 25]],
    ['over nothing', b.dot(f([], [2, 0]), f([], [0, 1])), [0, 0]],
    ['int32 wraps', b.dot(i([65536, 1], [1, 2]), i([65536, 7], [2, 1])), [7]],
  ],
  conv: [
    ['', b.conv(count(1, 1, 3, 3), f([1, 0, 0, -1], [1, 1, 2, 2]), { ...plain, groups: 1 }), [-4, -4, -4, -4]],
    [
      'padding on one side',
      b.conv(count(1, 1, 1, 3), f([1, 10], [1, 1, 1, 2]), {
        ...plain,
        padding: [
          [0, 0],
          [1, 0],
        ],
        groups: 1,
      }),
      [10, 21, 32],
    ],
    ['stride', b.conv(count(1, 1, 1, 5), f([1, 10], [1, 1, 1, 2]), { ...plain, stride: [1, 2], groups: 1 }), [21, 43]],
    [
      'dilation',
      b.conv(count(1, 1, 1, 4), f([1, 10], [1, 1, 1, 2]), { ...plain, dilation: [1, 2], groups: 1 }),
      [31, 42],
    ],
    [
      'input dilation',
      b.conv(count(1, 1, 1, 2), f([1, 10], [1, 1, 1, 2]), { ...plain, inputDilation: [1, 2], groups: 1 }),
      [1, 20],
    ],
    [
      'negative padding crops',
      b.conv(count(1, 1, 1, 4), f([1], [1, 1, 1, 1]), {
        ...plain,
        padding: [
          [0, 0],
          [-1, -2],
        ],
        groups: 1,
      }),
      [2],
    ],
    [
      'channels are summed',
      b.conv(count(1, 2, 1, 2), f([1, 10, 100, 1000], [2, 2, 1, 1]), { ...plain, groups: 1 }),
      [31, 42, 3100, 4200],
    ],
    ['groups', b.conv(count(1, 2, 1, 2), f([1, 10], [2, 1, 1, 1]), { ...plain, groups: 2 }), [1, 2, 30, 40]],
  ],
  windowSum: [
    ['', b.windowSum(count(5), { ...pool, inputDilation: [1] }), [3, 7]],
    ['padding counts as 0', b.windowSum(count(3), { ...pool, padding: [[1, 0]], inputDilation: [1] }), [1, 5]],
    ['input dilation', b.windowSum(count(3), { ...pool, stride: [1], inputDilation: [2] }), [1, 2, 2, 3]],
  ],
  windowMax: [
    ['', b.windowMax(f([1, 3, 2, -1, 9]), pool), [3, 2]],
    ['padding counts as −∞', b.windowMax(f([-1, -3, -2]), { ...pool, padding: [[1, 0]] }), [-1, -2]],
    ['NaN wins', b.windowMax(f([1, nan, 2, 3]), pool), [nan, 3]],
    ['dilated', b.windowMax(f([1, 3, 2, 5]), { ...pool, stride: [1], dilation: [2] }), [2, 5]],
  ],
  windowPick: [
    ['', b.windowPick(f([1, 3, 2, -1]), count(4), pool), [2, 3]],
    ['the first of equals', b.windowPick(f([4, 4, nan, nan]), count(4), pool), [1, 3]],
  ],
  windowScatter: [
    ['', b.windowScatter(f([1, 3, 2, -1, 9]), f([10, 20]), pool), [0, 10, 20, 0, 0]],
    ['overlaps add up', b.windowScatter(f([1, 3, 2]), f([10, 20]), { ...pool, stride: [1] }), [0, 30, 0]],
  ],

  gather: [
    ['', b.gather(count(3, 2), i([2, 0, 2]), 0), [5, 6, 1, 2, 5, 6]],
    ['along the last axis', b.gather(count(2, 3), i([1, 1], [1, 2]), 1), [2, 2, 5, 5]],
    ['a scalar index', b.gather(count(2, 3), i([1], []), 0), [4, 5, 6]],
    ['int32', b.gather(i([7, 8]), i([1]), 0), [8]],
  ],
  scatterAdd: [
    ['', b.scatterAdd(count(3, 2), i([2, 0, 2]), 0, 3), [3, 4, 0, 0, 6, 8]],
    ['along the last axis', b.scatterAdd(count(2, 2), i([1, 1]), 1, 3), [0, 3, 0, 0, 7, 0]],
  ],
  argsort: [
    ['stable, NaN last', b.argsort(f([3, nan, 1, 3, -inf, 1]), 0, false), [4, 2, 5, 0, 3, 1]],
    ['descending is stable too, NaN first', b.argsort(f([3, nan, 1, 3, 1]), 0, true), [1, 0, 3, 2, 4]],
    ['along the first axis', b.argsort(f([2, 1, 1, 2], [2, 2]), 0), [1, 0, 0, 1]],
    ['int32', b.argsort(i([5, -5, 0]), 0), [1, 2, 0]],
  ],

  stopGradient: [['', b.stopGradient(f([1, 2])), [1, 2]]],
  custom: [['', b.custom(b.neg(f([1, 2])), [f([5])], 'negative', () => [undefined]), [-1, -2]]],
  host: [
    [
      '',
      b.host([i([3, 4]), f([0.5], [])], {
        name: 'reversed',
        shape: [2],
        dtype: 'int32',
        run: (values, scale) => Array.from(values!.data, v => v * scale!.data[0]!).reverse(),
      }),
      [2, 1],
    ],
  ],
}
