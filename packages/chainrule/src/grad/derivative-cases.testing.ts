/** For tests: functions that between them use every primitive in every way that matters to its derivative. */
import { leaf, some } from '../device/js/evaluate.testing.ts'
import * as b from '../graph/build.ts'
import type { Attributes, Node, Primitive } from '../graph/node.ts'

/** A function of float leaves. It may be built on leaves of another float dtype as well. */
export interface DerivativeCase {
  readonly name: string
  readonly inputs: readonly Node[]
  readonly build: (...inputs: Node[]) => Node
}
const of = (name: string, inputs: readonly Node[], build: (...inputs: Node[]) => Node): DerivativeCase => ({
  name,
  inputs,
  build,
})
const vector = (low = -1, high = 1, seed = 3) => some([6], seed, low, high)
const unary = (f: (x: Node) => Node, low?: number, high?: number) => [of('', [vector(low, high)], f)]
const binary = (f: (x: Node, y: Node) => Node) => [
  of('', [vector(0.5, 2, 1), vector(0.5, 2, 2)], f),
  of('of itself', [vector(0.5, 2, 1)], x => f(x, x)),
]
const ints = (values: readonly number[], shape?: readonly number[]) => leaf(values, shape, 'int32')
const bools = (values: readonly number[], shape?: readonly number[]) => leaf(values, shape, 'bool')

type Conv = Attributes['conv']
const conv = (rank: number, options: Partial<Conv> = {}): Conv => ({
  stride: new Array(rank).fill(1),
  padding: new Array(rank).fill([0, 0]),
  dilation: new Array(rank).fill(1),
  inputDilation: new Array(rank).fill(1),
  groups: 1,
  ...options,
})
const convCase = (name: string, x: readonly number[], w: readonly number[], options?: Partial<Conv>) =>
  of(name, [some(x, 1), some(w, 2)], (a, c) => b.conv(a, c, conv(x.length - 2, options)))

/** The pooling configurations that all four window primitives are tried with; the first axes are rows. */
const windows: readonly [name: string, shape: readonly number[], window: Attributes['windowSum']][] = [
  ['2×2', [2, 4, 4], both(2, 2)],
  ['overlapping', [1, 5, 5], both(3, 1)],
  ['remainder', [2, 5, 6], both(2, 2)],
  ['gaps between windows', [1, 6, 7], both(2, 3)],
  [
    'asymmetric padding',
    [1, 4, 5],
    {
      ...both(3, 2),
      padding: [
        [1, 0],
        [0, 2],
      ],
    },
  ],
  ['dilated', [1, 6, 6], { ...both(2, 1), dilation: [2, 3] }],
  ['one axis', [2, 3, 7], { window: [3], stride: [2], padding: [[1, 1]], dilation: [2], inputDilation: [1] }],
  [
    'cropped',
    [1, 6, 6],
    {
      ...both(2, 1),
      padding: [
        [-1, -2],
        [1, -1],
      ],
    },
  ],
]
function both(window: number, stride: number): Attributes['windowSum'] {
  return {
    window: [window, window],
    stride: [stride, stride],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1],
    inputDilation: [1, 1],
  }
}
/** Shape of the windows over a shape. */
const positionsOf = (shape: readonly number[], window: Attributes['windowSum']) =>
  b.windowSum(some(shape), window).shape

const matrix = () => some([3, 4], 5)
const block = () => some([2, 3, 4], 6)
const indices = () => ints([2, 0, 2, 1], [2, 2])

/** Cases with a derivative, a function of no derivative, or 'leaf' for what has no inputs to differentiate by. */
export const derivativeCases: { readonly [P in Primitive]: readonly DerivativeCase[] | 'leaf' | ((x: Node) => Node) } =
  {
    constant: 'leaf',
    iota: 'leaf',
    source: [of('itself', [vector()], x => x)],
    random: x => b.mul(b.cast(b.random(ints([1, 2]), [6]), 'float64'), b.stopGradient(x)),

    neg: unary(b.neg),
    abs: unary(b.abs),
    sign: b.sign,
    floor: b.floor,
    ceil: b.ceil,
    round: b.round,
    sqrt: unary(b.sqrt, 0.2, 3),
    exp: unary(b.exp),
    log: unary(b.log, 0.2, 3),
    sin: unary(b.sin, -4, 4),
    cos: unary(b.cos, -4, 4),
    tanh: unary(b.tanh, -3, 3),
    sigmoid: unary(b.sigmoid, -4, 4),
    erf: unary(b.erf, -2, 2),
    relu: unary(b.relu),
    not: x => b.cast(b.not(b.less(x, b.neg(x))), 'float64'),

    add: binary(b.add),
    sub: binary(b.sub),
    mul: binary(b.mul),
    div: binary(b.div),
    mod: [
      of('positive', [vector(2, 9, 1), vector(0.5, 2, 2)], b.mod),
      of('negative dividend', [vector(-9, -2, 1), vector(0.5, 2, 2)], b.mod),
      of('negative divisor', [vector(2, 9, 1), vector(-2, -0.5, 2)], b.mod),
    ],
    pow: [
      ...binary(b.pow),
      of('around exponent 0', [vector(0.5, 2, 1), leaf([0, 1, 0, -1, 0, 2])], b.pow),
      of('cube of negative numbers', [vector(-2, -0.5)], x => b.pow(x, b.fullLike(x, 3))),
      of('square around 0', [leaf([-1, 0, 1])], x => b.pow(x, b.fullLike(x, 2))),
      of('first power at 0', [leaf([-1, 0, 1])], x => b.pow(x, b.fullLike(x, 1))),
      of('power 0 at 0', [leaf([-1, 0, 1])], x => b.pow(x, b.fullLike(x, 0))),
      of('inverse square', [leaf([-1, 0.5, 1])], x => b.pow(x, b.fullLike(x, -2))),
      of('exponents of base 0', [leaf([1, 2, 3])], x => b.pow(b.fullLike(x, 0), x)),
      of('exponents around 0', [leaf([-1, 0, 1])], x => b.pow(b.fullLike(x, 2), x)),
    ],
    maximum: [of('', [vector(-1, 1, 1), vector(-1, 1, 2)], b.maximum)],
    minimum: [of('', [vector(-1, 1, 1), vector(-1, 1, 2)], b.minimum)],
    and: x => b.cast(b.and(b.less(x, b.neg(x)), b.less(x, b.neg(x))), 'float64'),
    or: x => b.cast(b.or(b.less(x, b.neg(x)), b.less(x, b.neg(x))), 'float64'),
    equal: x => b.cast(b.equal(x, b.neg(x)), 'float64'),
    less: x => b.cast(b.less(x, b.neg(x)), 'float64'),
    lessEqual: x => b.cast(b.lessEqual(x, b.neg(x)), 'float64'),
    where: [of('', [vector(-1, 1, 1), vector(-1, 1, 2)], (x, y) => b.where(bools([1, 0, 0, 1, 1, 0]), x, y))],
    cast: x => b.cast(b.cast(x, 'int32'), 'float64'),

    reshape: [of('', [matrix()], x => b.reshape(x, [2, 6]))],
    permute: [
      of('', [block()], x => b.permute(x, [2, 0, 1])),
      of('twice', [block()], x => b.permute(b.permute(x, [1, 2, 0]), [2, 1, 0])),
    ],
    expand: [
      of('an axis in front', [some([1, 4])], x => b.expand(x, [3, 4])),
      of('several axes', [some([1, 2, 1])], x => b.expand(x, [2, 2, 3])),
      of('a scalar', [leaf([0.3], [])], x => b.broadcastTo(x, [2, 3])),
      of('an axis that stays 1', [some([1, 1])], x => b.expand(x, [1, 3])),
    ],
    pad: [
      of('', [matrix()], x =>
        b.pad(x, [
          [1, 0],
          [0, 2],
        ]),
      ),
    ],
    slice: [
      of('a box', [matrix()], x => b.slice(x, [1, 0], [3, 3])),
      of('steps', [some([7, 5])], x => b.slice(x, [1, 0], [6, 5], [2, 3])),
      of('steps to the last element', [some([6, 4])], x => b.slice(x, [1, 0], [6, 4], [2, 3])),
      of('nothing', [matrix()], x => b.slice(x, [1, 2], [3, 2])),
    ],
    flip: [of('', [block()], x => b.flip(x, [0, 2]))],
    concat: [
      of('three', [some([2, 2], 1), some([2, 1], 2), some([2, 3], 3)], (...xs) => b.concat(xs, 1)),
      of('one twice', [matrix()], x => b.concat([x, x], 0)),
    ],

    sum: [
      of('all', [matrix()], x => b.sum(x, [0, 1])),
      of('some', [block()], x => b.sum(x, [0, 2])),
      of('the same axis again', [block()], x => b.sum(b.sum(x, [1]), [1])),
    ],
    max: [
      of('all', [matrix()], x => b.max(x, [0, 1])),
      of('some', [block()], x => b.max(x, [0, 2])),
      of('the same axis again', [block()], x => b.max(b.max(x, [1]), [1])),
    ],
    argmax: x => b.cast(b.argmax(x, 0), 'float64'),

    dot: [
      of('', [some([3, 4], 1), some([4, 2], 2)], b.dot),
      of('batched', [some([2, 3, 4], 1), some([2, 4, 2], 2)], b.dot),
      of('with itself', [some([3, 3], 1)], x => b.dot(x, x)),
      of('with its transpose', [some([3, 2], 1)], x => b.dot(x, b.transpose(x))),
    ],
    conv: [
      convCase('1-d', [2, 2, 5], [3, 2, 3]),
      convCase('2-d', [2, 2, 4, 5], [3, 2, 3, 2]),
      convCase('3-d', [1, 2, 3, 3, 3], [2, 2, 2, 2, 2]),
      convCase('0-d: a matrix product', [2, 3], [4, 3]),
      convCase('padding', [1, 2, 4, 4], [2, 2, 3, 3], {
        padding: [
          [1, 1],
          [1, 1],
        ],
      }),
      convCase('asymmetric padding', [1, 1, 4, 4], [2, 1, 3, 3], {
        padding: [
          [2, 0],
          [0, 1],
        ],
      }),
      convCase('padding beyond the kernel', [1, 1, 3, 3], [2, 1, 2, 2], {
        padding: [
          [3, 2],
          [2, 3],
        ],
      }),
      convCase('cropping', [1, 1, 6, 6], [2, 1, 3, 3], {
        padding: [
          [-1, 0],
          [1, -2],
        ],
      }),
      convCase('stride', [1, 2, 5, 7], [2, 2, 3, 3], { stride: [2, 2] }),
      convCase('stride with a remainder', [1, 2, 6, 8], [2, 2, 3, 2], { stride: [2, 3] }),
      convCase('stride beyond the kernel', [1, 1, 7, 8], [2, 1, 2, 1], { stride: [3, 3] }),
      convCase('dilation', [1, 1, 6, 7], [2, 1, 2, 3], { dilation: [3, 2] }),
      convCase('input dilation (transposed)', [1, 2, 3, 3], [2, 2, 3, 3], {
        inputDilation: [2, 3],
        padding: [
          [2, 2],
          [2, 1],
        ],
      }),
      convCase('everything', [2, 4, 5, 6], [6, 2, 3, 2], {
        stride: [2, 3],
        padding: [
          [2, 1],
          [0, 2],
        ],
        dilation: [1, 2],
        inputDilation: [2, 1],
        groups: 2,
      }),
      convCase('groups', [2, 4, 3, 3], [6, 2, 2, 2], { groups: 2 }),
      convCase('depthwise', [2, 3, 4, 4], [3, 1, 3, 3], {
        groups: 3,
        padding: [
          [1, 1],
          [1, 1],
        ],
        stride: [2, 2],
      }),
      convCase('no position', [1, 1, 2, 2], [1, 1, 3, 3]),
      of('with itself', [some([2, 2, 2, 2])], x =>
        b.conv(
          x,
          x,
          conv(2, {
            padding: [
              [1, 0],
              [0, 1],
            ],
          }),
        ),
      ),
    ],

    windowSum: [
      ...windows.map(([name, shape, window]) => of(name, [some(shape)], x => b.windowSum(x, window))),
      of('input dilation', [some([2, 3, 4])], x =>
        b.windowSum(x, {
          ...both(3, 2),
          inputDilation: [2, 3],
          padding: [
            [1, 2],
            [2, 0],
          ],
        }),
      ),
    ],
    windowMax: windows.map(([name, shape, window]) => of(name, [some(shape)], x => b.windowMax(x, window))),
    windowPick: windows.map(([name, shape, window]) =>
      of(name, [some(shape, 1), some(shape, 2)], (x, h) => b.windowPick(x, h, window)),
    ),
    windowScatter: windows.map(([name, shape, window]) =>
      of(name, [some(shape, 1), some(positionsOf(shape, window), 2)], (x, g) => b.windowScatter(x, g, window)),
    ),

    gather: [
      of('rows, one repeated', [matrix()], x => b.gather(x, indices(), 0)),
      of('a middle axis', [block()], x => b.gather(x, ints([0, 2, 0, 1, 2]), 1)),
      of('a scalar index', [matrix()], x => b.gather(x, ints([2], []), 1)),
    ],
    scatterAdd: [
      of('rows, one repeated', [some([2, 2, 4])], x => b.scatterAdd(x, indices(), 0, 3)),
      of('a middle axis', [some([2, 5, 3])], x => b.scatterAdd(x, ints([0, 3, 0, 1, 2]), 1, 4)),
      of('a scalar index', [some([3, 2])], x => b.scatterAdd(x, ints([2], []), 1, 4)),
    ],
    argsort: x => b.cast(b.argsort(x, 0), 'float64'),

    stopGradient: b.stopGradient,
    custom: [
      // the output may be opaque: only backward counts
      of('a square on its own', [vector()], x =>
        b.custom(b.mul(b.stopGradient(x), b.stopGradient(x)), [x], 'square', g => [
          b.mul(g, b.mul(x, b.fullLike(x, 2))),
        ]),
      ),
    ],
    // never differentiated: says so, see backward.test.ts
    host: 'leaf',
  }

/** [primitive and name, case] of all that have a derivative. */
export const differentiable: readonly (readonly [string, DerivativeCase])[] = Object.entries(derivativeCases).flatMap(
  ([primitive, cases]) =>
    typeof cases === 'object' ? cases.map(c => [`${primitive} ${c.name}`.trim(), c] as const) : [],
)
