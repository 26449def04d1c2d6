/** The shape rule of every primitive: one total table, so that a primitive without one does not compile. */
import type { DType } from './dtype.ts'
import type { Attributes, Node, Padding, Primitive, Window } from './node.ts'
import { refuse, refuseDType } from './refuse.ts'
import { numel, range, type Shape, sameShape, show } from './shape.ts'

export interface Result {
  readonly shape: Shape
  readonly dtype: DType
}
type ShapeRule<P extends Primitive> = (inputs: readonly Node[], attributes: Attributes[P], name: P) => Result

function fail(operation: string, inputs: readonly Node[], message: string): never {
  refuse(
    operation,
    inputs.map(x => x.shape),
    message,
  )
}
function need(operation: string, input: Node, accepted: readonly DType[]): void {
  if (!accepted.includes(input.dtype))
    refuseDType(operation, [input.dtype], `needs ${accepted.join(' or ')}, got ${input.dtype}; use cast()`)
}
function sameType(operation: string, a: Node, b: Node): void {
  if (a.dtype !== b.dtype)
    refuseDType(operation, [a.dtype, b.dtype], `dtypes differ: ${a.dtype} and ${b.dtype}; use cast()`)
}
/** `shape` with the element type of x. */
const like = ({ dtype }: Node, shape: Shape): Result => ({ shape, dtype })

const numbers = ['int32', 'float32', 'float64'] as const
const floats = ['float32', 'float64'] as const

const unary =
  (accepted: readonly DType[]) =>
  (inputs: readonly Node[], _: object, name: string): Result => {
    const [x] = inputs as [Node]
    need(name, x, accepted)
    return x
  }
function pair(name: string, a: Node, b: Node): void {
  sameType(name, a, b)
  if (!sameShape(a.shape, b.shape)) fail(name, [a, b], `shapes ${show(a.shape)} and ${show(b.shape)} differ`)
}
const binary =
  (accepted: readonly DType[], result?: DType) =>
  (inputs: readonly Node[], _: object, name: string): Result => {
    const [a, b] = inputs as [Node, Node]
    pair(name, a, b)
    need(name, a, accepted)
    return result === undefined ? a : { shape: a.shape, dtype: result }
  }
const reduce = (inputs: readonly Node[], { axes }: { axes: readonly number[] }, name: string): Result => {
  const [x] = inputs as [Node]
  need(name, x, numbers)
  if (axes.some((a, i) => a < 0 || a >= x.shape.length || axes.indexOf(a) !== i))
    fail(name, inputs, `axes [${axes}] are not distinct axes of ${show(x.shape)}`)
  return like(
    x,
    x.shape.filter((_, i) => !axes.includes(i)),
  )
}
const largest: typeof reduce = (inputs, { axes }, name) => {
  const { shape } = inputs[0]!
  if (axes.some(a => shape[a] === 0)) fail(name, inputs, `no maximum over an empty axis of ${show(shape)}`)
  return reduce(inputs, { axes }, name)
}

/** Size of an axis after dilating by `inputDilation` and padding. */
export const paddedSize = (n: number, [low, high]: Padding, inputDilation = 1): number =>
  (n === 0 ? 0 : inputDilation * (n - 1) + 1) + low + high
/** How often a window fits; 0 when it is larger than the input. */
export const positions = (padded: number, kernel: number, stride: number, dilation: number): number =>
  Math.max(0, Math.floor((padded - dilation * (kernel - 1) - 1) / stride) + 1)

function windowShape(name: string, x: Node, a: Window, inputDilation?: readonly number[]): Shape {
  const rank = a.window.length
  if (rank > x.shape.length) fail(name, [x], `window ${show(a.window)} has more axes than ${show(x.shape)}`)
  const lead = x.shape.length - rank
  return x.shape.map((n, i) => {
    const j = i - lead
    if (j < 0) return n
    return positions(paddedSize(n, a.padding[j]!, inputDilation?.[j]), a.window[j]!, a.stride[j]!, a.dilation[j]!)
  })
}

export const shapeRules: { readonly [P in Primitive]: ShapeRule<P> } = {
  constant: () => fail('constant', [], 'made by build.constant'),
  iota: (_, { size }) => ({ shape: [size], dtype: 'int32' }),
  source: (_, { storage }) => storage,
  random: ([key], { shape }) => {
    if (key!.dtype !== 'int32' || !sameShape(key!.shape, [2])) fail('random', [key!], 'needs a key of two int32')
    return { shape, dtype: 'float32' }
  },

  neg: unary(numbers),
  abs: unary(numbers),
  sign: unary(numbers),
  floor: unary(floats),
  ceil: unary(floats),
  round: unary(floats),
  sqrt: unary(floats),
  exp: unary(floats),
  log: unary(floats),
  sin: unary(floats),
  cos: unary(floats),
  tanh: unary(floats),
  sigmoid: unary(floats),
  erf: unary(floats),
  relu: unary(numbers),
  not: unary(['bool']),

  add: binary(numbers),
  sub: binary(numbers),
  mul: binary(numbers),
  div: binary(numbers),
  mod: binary(numbers),
  pow: binary(floats),
  maximum: binary(numbers),
  minimum: binary(numbers),
  and: binary(['bool']),
  or: binary(['bool']),
  equal: binary(['bool', ...numbers], 'bool'),
  less: binary(numbers, 'bool'),
  lessEqual: binary(numbers, 'bool'),
  where: ([condition, a, b]) => {
    need('where', condition!, ['bool'])
    pair('where', a!, b!)
    if (!sameShape(condition!.shape, a!.shape))
      fail('where', [condition!, a!], `condition ${show(condition!.shape)} and values ${show(a!.shape)} differ`)
    return a!
  },
  cast: ([x], { dtype }) => ({ shape: x!.shape, dtype }),

  reshape: ([x], { shape }) => {
    if (numel(x!.shape) !== numel(shape))
      fail('reshape', [x!], `${show(x!.shape)} has ${numel(x!.shape)} elements, ${show(shape)} has ${numel(shape)}`)
    return like(x!, shape)
  },
  permute: ([x], { axes }) => {
    if (
      !sameShape(
        [...axes].sort((a, b) => a - b),
        range(x!.shape.length),
      )
    )
      fail('permute', [x!], `${show(axes)} is not a permutation of the ${x!.shape.length} axes`)
    return like(
      x!,
      axes.map(a => x!.shape[a]!),
    )
  },
  expand: ([x], { shape }) => {
    if (x!.shape.length !== shape.length || x!.shape.some((d, i) => d !== shape[i] && d !== 1))
      fail('expand', [x!], `${show(x!.shape)} cannot be repeated to ${show(shape)}`)
    return like(x!, shape)
  },
  pad: ([x], { padding }) => {
    if (padding.length !== x!.shape.length || padding.some(p => p[0] < 0 || p[1] < 0))
      fail('pad', [x!], `needs two amounts >= 0 for each of the ${x!.shape.length} axes`)
    return like(
      x!,
      x!.shape.map((n, i) => n + padding[i]![0] + padding[i]![1]),
    )
  },
  slice: ([x], { start, stop, step }) => {
    const shape = x!.shape.map((n, i) => {
      const [a, b, s] = [start[i]!, stop[i]!, step[i]!]
      if (!(a >= 0 && b >= a && b <= n && s >= 1))
        fail('slice', [x!], `[${a}, ${b}) by ${s} does not lie in axis ${i} of ${show(x!.shape)}`)
      return Math.ceil((b - a) / s)
    })
    return like(x!, shape)
  },
  flip: ([x]) => x!,
  concat: (inputs, { axis }) => {
    const [first] = inputs as [Node]
    for (const x of inputs) {
      sameType('concat', first, x)
      if (x.shape.length !== first.shape.length || x.shape.some((d, i) => i !== axis && d !== first.shape[i]))
        fail('concat', [first, x], `${show(first.shape)} and ${show(x.shape)} differ outside axis ${axis}`)
    }
    return like(
      first,
      first.shape.map((d, i) => (i === axis ? inputs.reduce((n, x) => n + x.shape[i]!, 0) : d)),
    )
  },

  sum: reduce,
  max: largest,
  argmax: (inputs, { axis }, name) => ({ shape: largest(inputs, { axes: [axis] }, name).shape, dtype: 'int32' }),

  dot: inputs => {
    const [a, b] = inputs as [Node, Node]
    need('dot', a, numbers)
    sameType('dot', a, b)
    const batch = a.shape.slice(0, -2)
    const [m, k] = a.shape.slice(-2) as [number, number]
    const [k2, n] = b.shape.slice(-2) as [number, number]
    if (a.shape.length < 2 || b.shape.length < 2 || k !== k2 || !sameShape(batch, b.shape.slice(0, -2)))
      fail('matmul', inputs, `inner dimensions differ: ${show(a.shape)} @ ${show(b.shape)} (${k} vs ${k2})`)
    return like(a, [...batch, m, n])
  },
  conv: (inputs, { stride, padding, dilation, inputDilation, groups }) => {
    const [x, w] = inputs as [Node, Node]
    need('conv', x, floats)
    sameType('conv', x, w)
    const [n, c, ...size] = x.shape as [number, number, ...number[]]
    const [o, cg, ...kernel] = w.shape as [number, number, ...number[]]
    if (size.length !== kernel.length)
      fail('conv', inputs, `input ${show(x.shape)} and weight ${show(w.shape)} differ in rank`)
    if (cg * groups !== c || o % groups !== 0)
      fail('conv', inputs, `expected ${cg * groups} input channels, got ${c} (input ${show(x.shape)})`)
    const out = size.map((s, i) =>
      positions(paddedSize(s, padding[i]!, inputDilation[i]!), kernel[i]!, stride[i]!, dilation[i]!),
    )
    return like(x, [n, o, ...out])
  },

  windowSum: ([x], a, name) => {
    need(name, x!, floats)
    return like(x!, windowShape(name, x!, a, a.inputDilation))
  },
  windowMax: ([x], a, name) => {
    need(name, x!, floats)
    return like(x!, windowShape(name, x!, a))
  },
  windowPick: ([x, h], a, name) => {
    pair(name, x!, h!)
    return like(h!, windowShape(name, x!, a))
  },
  windowScatter: ([x, g], a, name) => {
    const windows = windowShape(name, x!, a)
    if (!sameShape(windows, g!.shape))
      fail(name, [x!, g!], `expected gradients ${show(windows)}, got ${show(g!.shape)}`)
    return like(g!, x!.shape)
  },

  gather: ([x, indices], { axis }) => {
    need('gather', indices!, ['int32'])
    return like(x!, [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)])
  },
  scatterAdd: ([updates, indices], { axis, size }) => {
    need('scatterAdd', indices!, ['int32'])
    const rank = indices!.shape.length
    if (!sameShape(updates!.shape.slice(axis, axis + rank), indices!.shape))
      fail(
        'scatterAdd',
        [updates!, indices!],
        `axes ${axis}… of updates ${show(updates!.shape)} must be those of indices ${show(indices!.shape)}`,
      )
    return like(updates!, [...updates!.shape.slice(0, axis), size, ...updates!.shape.slice(axis + rank)])
  },
  argsort: ([x]) => ({ shape: x!.shape, dtype: 'int32' }),

  stopGradient: ([x]) => x!,
  custom: ([x]) => x!,
  host: (_, { shape, dtype }) => ({ shape, dtype }),
}
