/**
 * The derivative of every primitive: given ∂L/∂y, nodes for ∂L/∂x of each input. Derivatives are ordinary nodes, so they are
 * fused like any others and have derivatives themselves. The form of the table is tinygrad's (`mixin/gradient.py`); that it
 * is total, so that a primitive without a rule does not compile, is jax-js's.
 */
import { ChainruleError } from '../errors.ts'
import {
  and,
  cast,
  conv,
  cos,
  div,
  dot,
  equal,
  exp,
  expand,
  flip,
  fullLike,
  gather,
  keptShape,
  less,
  lessEqual,
  log,
  mul,
  neg,
  pad,
  permute,
  pow,
  reshape,
  round,
  scatterAdd,
  sign,
  sin,
  slice,
  sub,
  sum,
  transpose,
  where,
  windowPick,
  windowScatter,
  windowSum,
} from '../graph/build.ts'
import { isFloat } from '../graph/dtype.ts'
import type { Node, NodeOf, Padding, Primitive } from '../graph/node.ts'
import { paddedSize } from '../graph/primitives.ts'
import { refuse, refuseDType } from '../graph/refuse.ts'
import { numel, range, type Shape, sameShape, show } from '../graph/shape.ts'

/**
 * (∂L/∂y, y, …inputs of y) → ∂L/∂input for each input; undefined where there is none. Only called for float y.
 * A result for an input that nobody asked about is a node without users: it costs nothing at run time.
 */
export type GradientRule<P extends Primitive> = (
  g: Node,
  y: NodeOf<P>,
  ...inputs: Node[]
) => readonly (Node | undefined)[]

const none = () => []
const zeros = (x: Node) => fullLike(x, 0)
const isZero = (x: Node) => equal(x, zeros(x))
const scale = (x: Node, factor: number) => mul(x, fullLike(x, factor))

export const gradientRules: { readonly [P in Primitive]: GradientRule<P> } = {
  constant: none,
  iota: none,
  source: none,
  random: none,

  neg: g => [neg(g)],
  abs: (g, _, x) => [mul(g, sign(x))],
  sign: none,
  floor: none,
  ceil: none,
  round: none,
  sqrt: (g, y) => [div(scale(g, 0.5), y)],
  exp: (g, y) => [mul(g, y)],
  log: (g, _, x) => [div(g, x)],
  sin: (g, _, x) => [mul(g, cos(x))],
  cos: (g, _, x) => [neg(mul(g, sin(x)))],
  tanh: (g, y) => [mul(g, sub(fullLike(y, 1), mul(y, y)))],
  sigmoid: (g, y) => [mul(g, mul(y, sub(fullLike(y, 1), y)))],
  erf: (g, _, x) => [mul(g, scale(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))],
  relu: (g, y) => [where(less(zeros(y), y), g, zeros(g))],
  not: none,

  add: g => [g, g],
  sub: g => [g, neg(g)],
  mul: (g, _, a, b) => [mul(g, b), mul(g, a)],
  div: (g, y, _, b) => [div(g, b), neg(div(mul(g, y), b))],
  // y = a − b·q with the integer q = (a − y)/b
  mod: (g, y, a, b) => [g, neg(mul(g, round(div(sub(a, y), b))))],
  pow: (g, y, a, b) => [
    // b·a^(b−1); 0 rather than 0·∞ at a = b = 0
    mul(g, mul(b, pow(a, where(and(isZero(a), isZero(b)), fullLike(b, 1), sub(b, fullLike(b, 1)))))),
    // y·ln a; 0 where 0^b is constantly 0 or 1
    mul(g, mul(y, log(where(and(isZero(a), lessEqual(zeros(b), b)), fullLike(a, 1), a)))),
  ],
  maximum: (g, _, a, b) => [shareOfGreater(g, a, b), shareOfGreater(g, b, a)],
  minimum: (g, _, a, b) => [shareOfGreater(g, b, a), shareOfGreater(g, a, b)],
  and: none,
  or: none,
  equal: none,
  less: none,
  lessEqual: none,
  where: (g, _, condition) => [undefined, where(condition, g, zeros(g)), where(condition, zeros(g), g)],
  cast: (g, _, x) => [isFloat(x.dtype) ? cast(g, x.dtype) : undefined],

  reshape: (g, _, x) => [reshape(g, x.shape)],
  permute: (g, y) => [permute(g, inversePermutation(y.attributes.axes))],
  expand: (g, _, x) => [
    reshape(
      sum(
        g,
        range(g.shape.length).filter(i => g.shape[i] !== x.shape[i]),
      ),
      x.shape,
    ),
  ],
  pad: (g, y, x) => {
    const start = y.attributes.padding.map(p => p[0])
    return [
      slice(
        g,
        start,
        x.shape.map((n, i) => n + start[i]!),
      ),
    ]
  },
  slice: (g, y, x) => [unslice(g, y.attributes.start, y.attributes.step, x.shape)],
  flip: (g, y) => [flip(g, y.attributes.axes)],
  concat: (g, y, ...inputs) => {
    const { axis } = y.attributes
    let end = 0
    return inputs.map(x => {
      const begin = end
      end += x.shape[axis]!
      return slice(
        g,
        g.shape.map((_, i) => (i === axis ? begin : 0)),
        g.shape.map((n, i) => (i === axis ? end : n)),
      )
    })
  },

  sum: (g, y, x) => [keepAndExpand(g, x.shape, y.attributes.axes)],
  // ties share evenly: the subgradient that treats them alike; where the maximum is NaN nothing equals it, and 0 / 0 is NaN
  max: (g, y, x) => {
    const { axes } = y.attributes
    const isMaximum = equal(x, keepAndExpand(y as Node, x.shape, axes))
    const count = sum(cast(isMaximum, x.dtype), axes)
    return [div(where(isMaximum, keepAndExpand(g, x.shape, axes), zeros(x)), keepAndExpand(count, x.shape, axes))]
  },
  argmax: none,

  dot: (g, _, a, b) => [dot(g, transpose(b)), dot(transpose(a), g)],
  conv: (g, y, x, w) => (numel(g.shape) === 0 ? [zeros(x), zeros(w)] : [convInput(g, y, x, w), convWeight(g, y, x, w)]),

  windowSum: (g, y, x) => {
    const { window, stride, dilation, inputDilation } = y.attributes
    const padding = transposedPadding(
      y.attributes,
      x.shape.slice(-window.length),
      g.shape.slice(-window.length),
      window,
    )
    return [windowSum(g, { window, padding, dilation, stride: inputDilation, inputDilation: stride })]
  },
  windowMax: (g, y, x) => [windowScatter(x, g, y.attributes)],
  windowPick: (g, y, x) => [undefined, windowScatter(x, g, y.attributes)],
  windowScatter: (g, y, x) => [undefined, windowPick(x, g, y.attributes)],

  gather: (g, y, x, indices) => [scatterAdd(g, indices, y.attributes.axis, x.shape[y.attributes.axis]!)],
  scatterAdd: (g, y, _, indices) => [gather(g, indices, y.attributes.axis)],
  argsort: none,

  stopGradient: none,
  custom: (g, y, _, ...inputs) => [undefined, ...checkedCustom(y, y.attributes.backward(g), inputs)],
  host: (_, y) => {
    throw new ChainruleError(
      `${y.attributes.name}: runs on the host and has no derivative; give it one with customGradient(), ` +
        'or cut the path with stopGradient()',
    )
  },
}

/** g where a > b, g/2 where they tie, 0 elsewhere. */
const shareOfGreater = (g: Node, a: Node, b: Node): Node =>
  where(equal(a, b), scale(g, 0.5), where(less(b, a), g, zeros(g)))

function inversePermutation(axes: readonly number[]): number[] {
  const inverse = new Array<number>(axes.length)
  axes.forEach((from, to) => {
    inverse[from] = to
  })
  return inverse
}

/** Puts reduced axes back and repeats along them. */
const keepAndExpand = (x: Node, shape: Shape, axes: readonly number[]): Node =>
  expand(reshape(x, keptShape(shape, axes)), shape)

/** Transpose of slice: g[i] goes to start + step·i, zeros elsewhere. */
function unslice(g: Node, start: readonly number[], step: readonly number[], shape: Shape): Node {
  const spread = step.every(s => s === 1)
    ? g
    : reshape(
        pad(
          reshape(
            g,
            g.shape.flatMap(n => [n, 1]),
          ),
          step.flatMap((s): Padding[] => [
            [0, 0],
            [0, s - 1],
          ]),
        ),
        g.shape.map((n, i) => n * step[i]!),
      )
  const room = shape.map((n, i) => Math.min(spread.shape[i]!, n - start[i]!))
  const cropped = slice(
    spread,
    shape.map(() => 0),
    room,
  )
  return pad(
    cropped,
    shape.map((n, i): Padding => [start[i]!, n - start[i]! - room[i]!]),
  )
}

interface Sliding {
  readonly stride: readonly number[]
  readonly padding: readonly Padding[]
  readonly dilation: readonly number[]
  readonly inputDilation: readonly number[]
}

/**
 * Padding of the transposed window, in which stride and input dilation change places:
 * low = dilation·(K − 1) − low, and high such that exactly the input's size comes out.
 */
const transposedPadding = (y: Sliding, size: Shape, outputs: Shape, kernel: Shape): Padding[] =>
  kernel.map((k, i) => {
    const reach = y.dilation[i]! * (k - 1)
    const low = reach - y.padding[i]![0]
    const total = y.inputDilation[i]! * (size[i]! - 1) + reach + 1
    return [low, total - low - paddedSize(outputs[i]!, [0, 0], y.stride[i]!)]
  })

/** ∂x = conv(∂y dilated by the stride, w with channels transposed within groups and taps reversed). */
function convInput(g: Node, y: NodeOf<'conv'>, x: Node, w: Node): Node {
  const { stride, dilation, inputDilation, groups } = y.attributes
  const [outputs, channels, ...kernel] = w.shape as [number, number, ...number[]]
  const spatial = range(kernel.length)
  const byGroup = reshape(w, [groups, outputs / groups, channels, ...kernel])
  const transposed = reshape(permute(byGroup, [0, 2, 1, ...spatial.map(i => i + 3)]), [
    groups * channels,
    outputs / groups,
    ...kernel,
  ])
  return conv(
    g,
    flip(
      transposed,
      spatial.map(i => i + 2),
    ),
    {
      stride: inputDilation,
      padding: transposedPadding(y.attributes, x.shape.slice(2), g.shape.slice(2), kernel),
      dilation,
      inputDilation: stride,
      groups,
    },
  )
}

/**
 * ∂w = conv(x, ∂y) with batch and channels exchanged, stride and dilation exchanged; x is padded, or cropped, at its end so
 * that exactly the kernel's size comes out.
 */
function convWeight(g: Node, y: NodeOf<'conv'>, x: Node, w: Node): Node {
  const { stride, padding, dilation, inputDilation, groups } = y.attributes
  const [batch, channels, ...size] = x.shape as [number, number, ...number[]]
  const kernel = w.shape.slice(2)
  const spatial = range(kernel.length)
  const byGroup = reshape(x, [batch, groups, channels / groups, ...size])
  const input = reshape(permute(byGroup, [2, 1, 0, ...spatial.map(i => i + 3)]), [
    channels / groups,
    groups * batch,
    ...size,
  ])
  const exchanged = [1, 0, ...spatial.map(i => i + 2)]
  const result = conv(input, permute(g, exchanged), {
    stride: dilation,
    padding: spatial.map((i): Padding => {
      const low = padding[i]![0]
      const total = dilation[i]! * (kernel[i]! - 1) + stride[i]! * (g.shape[i + 2]! - 1) + 1
      return [low, total - paddedSize(size[i]!, [low, 0], inputDilation[i]!)]
    }),
    dilation: stride,
    inputDilation,
    groups,
  })
  return permute(result, exchanged)
}

/** A person's backward must give one gradient of the right shape and dtype, or undefined, for each input. */
function checkedCustom(
  y: NodeOf<'custom'>,
  gradients: readonly (Node | undefined)[],
  inputs: readonly Node[],
): readonly (Node | undefined)[] {
  const name = `${y.attributes.name}: backward`
  if (gradients.length !== inputs.length)
    refuse(
      name,
      inputs.map(x => x.shape),
      `gave ${gradients.length} gradients for ${inputs.length} inputs; give one, or undefined, for each`,
    )
  gradients.forEach((gradient, i) => {
    const input = inputs[i]!
    if (gradient === undefined) return
    if (!sameShape(gradient.shape, input.shape))
      refuse(
        name,
        [gradient.shape, input.shape],
        `gradient ${i} has shape ${show(gradient.shape)}, its input ${show(input.shape)}; they must be equal`,
      )
    if (gradient.dtype !== input.dtype)
      refuseDType(
        name,
        [gradient.dtype, input.dtype],
        `gradient ${i} is ${gradient.dtype}, its input ${input.dtype}; use cast()`,
      )
  })
  return gradients
}
