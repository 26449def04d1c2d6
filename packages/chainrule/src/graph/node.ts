/**
 * What a tensor is: a node of a graph. A node names the function that makes it (its primitive), the nodes it is made from,
 * and what the shape rule says of the result. Nodes are frozen; nothing here computes a value.
 */
import type { DType } from './dtype.ts'
import type { Shape } from './shape.ts'

/** Where a value that exists already is kept: host data, parameters, state. Devices implement it. */
export interface Storage {
  readonly shape: Shape
  readonly dtype: DType
}

export type Padding = readonly [low: number, high: number]

/** Sliding window over the trailing axes; `padding` may be negative (a crop). */
export interface Window {
  readonly window: readonly number[]
  readonly stride: readonly number[]
  readonly padding: readonly Padding[]
  readonly dilation: readonly number[]
}

/** Every primitive and what it carries besides its inputs. */
export interface Attributes {
  // leaves
  /** A scalar; shape []. */
  constant: { readonly value: number }
  /** 0, 1, …, size − 1 as int32. */
  iota: { readonly size: number }
  /** A value that exists already. */
  source: { readonly storage: Storage }
  /** (key: int32 [2]) → uniform float32 in [0, 1) on a grid of 2⁻²⁴; element i is word 0 of Threefry-2x32-20(key, (i, 0)). */
  random: { readonly shape: Shape }
  // elementwise, one input
  neg: object
  abs: object
  /** −1, 0 or 1; NaN stays NaN. */
  sign: object
  floor: object
  ceil: object
  /** To the nearest integer, halves to even. */
  round: object
  sqrt: object
  exp: object
  log: object
  sin: object
  cos: object
  tanh: object
  sigmoid: object
  erf: object
  relu: object
  /** Logical not of bool. */
  not: object
  // elementwise, two inputs of equal shape and dtype
  add: object
  sub: object
  mul: object
  /** int32: truncating; x / 0 is 0. */
  div: object
  /** Remainder with the sign of the divisor; int32: mod 0 is 0. */
  mod: object
  pow: object
  /** NaN when either is NaN. */
  maximum: object
  minimum: object
  /** bool × bool → bool */
  and: object
  or: object
  /** comparisons → bool */
  equal: object
  less: object
  lessEqual: object
  /** (bool, a, b): a where true, b elsewhere */
  where: object
  /** Float to int32 truncates; anything to bool is ≠ 0. */
  cast: { readonly dtype: DType }
  // movement
  reshape: { readonly shape: Shape }
  permute: { readonly axes: readonly number[] }
  /** Repeats axes of size 1; the rank stays. */
  expand: { readonly shape: Shape }
  /** Zeros around; amounts ≥ 0. */
  pad: { readonly padding: readonly Padding[] }
  /** start, start + step, … < stop per axis; step ≥ 1. */
  slice: { readonly start: readonly number[]; readonly stop: readonly number[]; readonly step: readonly number[] }
  flip: { readonly axes: readonly number[] }
  concat: { readonly axis: number }
  // reductions; the axes disappear
  sum: { readonly axes: readonly number[] }
  /** NaN where there is one among the elements, and then the derivative of all of them is NaN. */
  max: { readonly axes: readonly number[] }
  /** int32 index of the first maximum. */
  argmax: { readonly axis: number }
  // contractions
  /** (…batch, m, k) · (…batch, k, n) → (…batch, m, n) with equal batch axes. */
  dot: object
  /**
   * Cross-correlation, n-d. x [N, C, …S] and w [O, C/groups, …K] → [N, O, …S′];
   * S′ = floor((inputDilation·(S−1)+1 + low + high − (dilation·(K−1)+1)) / stride) + 1.
   */
  conv: {
    readonly stride: readonly number[]
    readonly padding: readonly Padding[]
    readonly dilation: readonly number[]
    /** Zeros put between neighbouring inputs: factor − 1 of them. */
    readonly inputDilation: readonly number[]
    readonly groups: number
  }
  // windows over the trailing axes
  windowSum: Window & { readonly inputDilation: readonly number[] }
  /** Padding counts as −∞. */
  windowMax: Window
  /** (x, h) of equal shape → h at the place of the first maximum of x in each window. */
  windowPick: Window
  /** (x, g): g of the windows' shape → x's shape, each g added at the first maximum of its window. Transpose of windowPick. */
  windowScatter: Window
  // indexing
  /** (x, indices int32) → x with `axis` replaced by the axes of indices. An index outside is an IndexError. */
  gather: { readonly axis: number }
  /** (updates, indices) → zeros with axis `axis` of `size`, updates added where indices say. Transpose of gather. */
  scatterAdd: { readonly axis: number; readonly size: number }
  /** int32 permutation that sorts along `axis`, stable; NaN counts as largest. */
  argsort: { readonly axis: number; readonly descending: boolean }
  // meaning without arithmetic
  /** Its input; the derivative stops here. */
  stopGradient: object
  /** inputs[0], with `backward(g)` as gradients of inputs[1…]; undefined for none. */
  custom: { readonly name: string; readonly backward: (gradient: Node) => readonly (Node | undefined)[] }
  /** Escape hatch for data-dependent work: runs on the host, no derivative. */
  host: {
    readonly name: string
    readonly shape: Shape
    readonly dtype: DType
    readonly run: (...inputs: HostValue[]) => ArrayLike<number>
  }
}

/** What a `host` primitive is given: flat values, row-major. */
export interface HostValue {
  readonly shape: Shape
  readonly dtype: DType
  readonly data: ArrayLike<number>
}

export type Primitive = keyof Attributes

export interface NodeOf<P extends Primitive> {
  /** Order of creation: inputs have smaller ids. */
  readonly id: number
  readonly primitive: P
  readonly inputs: readonly Node[]
  readonly attributes: Attributes[P]
  readonly shape: Shape
  readonly dtype: DType
  /** The module path (`features.0`) in whose forward the node was made; '' outside of one. */
  readonly scope: string
}

/** A node of any primitive; narrow by `primitive`. */
export type Node = { [P in Primitive]: NodeOf<P> }[Primitive]

let currentScope = ''

/** Runs `body` with `name` appended to the scope that new nodes carry. */
export function withScope<T>(name: string, body: () => T): T {
  const outer = currentScope
  currentScope = outer === '' ? name : `${outer}.${name}`
  try {
    return body()
  } finally {
    currentScope = outer
  }
}

/** Runs `body` with exactly this scope: derivative nodes carry the scope of the node they differentiate. */
export function inScope<T>(scope: string, body: () => T): T {
  const outer = currentScope
  currentScope = scope
  try {
    return body()
  } finally {
    currentScope = outer
  }
}

let nextId = 0

/** Freezes a new node. Use the functions of `build.ts`, which apply the shape rules. */
export function makeNode<P extends Primitive>(
  primitive: P,
  inputs: readonly Node[],
  attributes: Attributes[P],
  shape: Shape,
  dtype: DType,
  scope = currentScope,
): Node {
  return Object.freeze({ id: nextId++, primitive, inputs, attributes, shape, dtype, scope }) as unknown as Node
}

/** All nodes that `outputs` depend on, inputs before users. Iterative: graphs may be deep. `isLeaf` cuts the walk. */
export function topological(outputs: readonly Node[], isLeaf?: (node: Node) => boolean): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  const stack: Node[] = []
  for (const output of outputs) {
    stack.push(output)
    while (stack.length > 0) {
      const node = stack[stack.length - 1]!
      if (seen.has(node)) {
        stack.pop()
        continue
      }
      let ready = true
      if (!isLeaf?.(node)) {
        for (let i = node.inputs.length - 1; i >= 0; i--) {
          const input = node.inputs[i]!
          if (!seen.has(input)) {
            stack.push(input)
            ready = false
          }
        }
      }
      if (ready) {
        stack.pop()
        seen.add(node)
        order.push(node)
      }
    }
  }
  return order
}
