/**
 * Tensors as people see them: the shape is part of the type. Every method takes its receiver through `this` and never uses the
 * interface's own parameters, so that `Tensor<[32, 784]>` is a `Tensor<[number, 784]>` and a `Tensor`. An argument that does not
 * fit has the error's text as its expected type.
 */
import type { DType, TypedArray } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import type { Checked, Count, Mutable, Same, Shape } from './dimension-types.ts'
import type { At, CheckedIndices, Narrow, Slice } from './index-types.ts'
import type { Index, Range } from './ops/movement.ts'
import type {
  AxisArgument,
  Broadcast,
  Dot,
  Expand,
  FlattenFrom,
  HasAxis,
  MatMul,
  Outer,
  Permute,
  Reduce,
  Reshape,
  Reversed,
  Squeeze,
  Tile,
  Transpose,
  Unsqueeze,
} from './shape-types.ts'

export type { DType, Shape, TypedArray }

// element types

/** The wider of two types: bool < int32 < float32 < float64. */
interface Promotion {
  bool: { bool: 'bool'; int32: 'int32'; float32: 'float32'; float64: 'float64' }
  int32: { bool: 'int32'; int32: 'int32'; float32: 'float32'; float64: 'float64' }
  float32: { bool: 'float32'; int32: 'float32'; float32: 'float32'; float64: 'float64' }
  float64: { bool: 'float64'; int32: 'float64'; float32: 'float64'; float64: 'float64' }
}
export type Promote<D extends DType, E extends DType> = Promotion[D][E]
/** A number with a fraction is float32 beside integers. */
type Meet<D extends DType, E extends DType, N extends number> = `${N}` extends `${string}.${string}`
  ? Promote<Promote<D, E>, 'float32'>
  : Promote<D, E>
interface Numbers {
  bool: 'int32'
  int32: 'int32'
  float32: 'float32'
  float64: 'float64'
}
interface Floats {
  bool: 'float32'
  int32: 'float32'
  float32: 'float32'
  float64: 'float64'
}
/** Truth values count as int32. */
export type AsNumber<D extends DType> = Numbers[D]
export type AsFloat<D extends DType> = Floats[D]
interface HostArrays {
  bool: Uint8Array
  int32: Int32Array
  float32: Float32Array
  float64: Float64Array
}
interface Values {
  bool: boolean
  int32: number
  float32: number
  float64: number
}

interface Tensors<S extends Shape> {
  bool: BoolTensor<S>
  int32: IntTensor<S>
  float32: Tensor<S>
  float64: Float64Tensor<S>
}
/** The tensor of an element type; of an unknown one `AnyTensor`. */
export type TensorOf<D extends DType, S extends Shape> = DType extends D ? AnyTensor<S> : Tensors<S>[D]

/** A value in nested arrays, one level for each axis. */
export type Nested = number | boolean | readonly Nested[]
type NestedOf<S extends Shape, V> = number extends S['length']
  ? Nested
  : S extends readonly [number, ...infer Rest extends Shape]
    ? NestedOf<Rest, V>[]
    : V

// what every tensor has

/** The least that an operation asks of an operand: its shape, its element type and its node. */
export interface TensorLike<out S extends Shape = Shape, out D extends DType = DType> {
  readonly shape: S
  readonly dtype: D
  readonly node: Node
}
/** A condition or mask. */
type Truth<S extends Shape> = TensorLike<S, 'bool'>
type Indices<S extends Shape> = TensorLike<S, 'int32'>

export interface KeepDims<K extends boolean> {
  /** Leaves the reduced axes in place with size 1. */
  readonly keepdims?: K
}
/** Arithmetic with a number, which leaves the shape, or with another tensor: shapes broadcast, element types promote. */
interface Arithmetic<Op extends string> {
  <A extends Shape, D extends DType, N extends number>(
    this: TensorLike<A, D>,
    other: N,
  ): TensorOf<AsNumber<Meet<D, 'bool', N>>, A>
  <A extends Shape, D extends DType, B extends Shape = [], E extends DType = 'bool', N extends number = 0>(
    this: TensorLike<A, D>,
    other: Checked<Broadcast<A, B, Op>, TensorLike<B, E> | N>,
  ): TensorOf<AsNumber<Meet<D, E, N>>, Broadcast<A, B, Op>>
}
/** Like arithmetic, with a float result. */
interface FloatArithmetic<Op extends string> {
  <A extends Shape, D extends DType>(this: TensorLike<A, D>, other: number): TensorOf<AsFloat<D>, A>
  <A extends Shape, D extends DType, B extends Shape = [], E extends DType = 'bool'>(
    this: TensorLike<A, D>,
    other: Checked<Broadcast<A, B, Op>, TensorLike<B, E> | number>,
  ): TensorOf<AsFloat<Promote<D, E>>, Broadcast<A, B, Op>>
}
interface Comparison<Op extends string> {
  <A extends Shape>(this: TensorLike<A>, other: number): BoolTensor<A>
  <A extends Shape, B extends Shape = []>(
    this: TensorLike<A>,
    other: Checked<Broadcast<A, B, Op>, TensorLike<B> | number>,
  ): BoolTensor<Broadcast<A, B, Op>>
}
type Logic<Op extends string> = <A extends Shape, B extends Shape>(
  this: Truth<A>,
  other: Checked<Broadcast<A, B, Op>, Truth<B>>,
) => BoolTensor<Broadcast<A, B, Op>>
type Elementwise = <A extends Shape, D extends DType>(this: TensorLike<A, D>) => TensorOf<AsNumber<D>, A>
type FloatElementwise = <A extends Shape, D extends DType>(this: TensorLike<A, D>) => TensorOf<AsFloat<D>, A>
type Test = <A extends Shape>(this: TensorLike<A>) => BoolTensor<A>
type Reduction<Op extends string> = <
  A extends Shape,
  D extends DType,
  const I extends AxisArgument = undefined,
  K extends boolean = false,
>(
  this: TensorLike<A, D>,
  axis?: Checked<Reduce<A, I, K, Op>, I>,
  options?: KeepDims<K>,
) => TensorOf<AsNumber<D>, Reduce<A, I, K, Op>>
type FloatReduction<Op extends string, Options extends object = object> = <
  A extends Shape,
  D extends DType,
  const I extends AxisArgument = undefined,
  K extends boolean = false,
>(
  this: TensorLike<A, D>,
  axis?: Checked<Reduce<A, I, K, Op>, I>,
  options?: KeepDims<K> & Options,
) => TensorOf<AsFloat<D>, Reduce<A, I, K, Op>>
type TruthReduction<Op extends string> = <
  A extends Shape,
  const I extends AxisArgument = undefined,
  K extends boolean = false,
>(
  this: TensorLike<A>,
  axis?: Checked<Reduce<A, I, K, Op>, I>,
  options?: KeepDims<K>,
) => BoolTensor<Reduce<A, I, K, Op>>
type Position<Op extends string> = <
  A extends Shape,
  I extends number | undefined = undefined,
  K extends boolean = false,
>(
  this: TensorLike<A>,
  axis?: Checked<Reduce<A, I, K, Op>, I>,
  options?: KeepDims<K>,
) => IntTensor<Reduce<A, I, K, Op>>
type FloatAlong<Op extends string> = <A extends Shape, D extends DType, I extends number>(
  this: TensorLike<A, D>,
  axis: Checked<HasAxis<A, I, Op>, I>,
) => TensorOf<AsFloat<D>, A>

/** The methods of every tensor. */
export interface AnyTensor<out S extends Shape = Shape, out D extends DType = DType> extends TensorLike<S, D> {
  node: Node
  /** How many axes. */
  readonly rank: number
  /** How many elements. */
  readonly size: number

  // reading
  /** Computes the value and keeps it. */
  realize(): Promise<this>
  /** The only value. @throws ShapeError when there is more than one */
  item<E extends DType>(this: TensorLike<Shape, E>): Promise<Values[E]>
  /** The values, row-major, in an array of their own. */
  data<E extends DType>(this: TensorLike<Shape, E>): Promise<HostArrays[E]>
  /** The values as nested arrays. */
  array<A extends Shape, E extends DType>(this: TensorLike<A, E>): Promise<NestedOf<A, Values[E]>>
  toString(): string

  // arithmetic
  add: Arithmetic<'add'>
  sub: Arithmetic<'sub'>
  mul: Arithmetic<'mul'>
  /** True division: integers give float32. */
  div: FloatArithmetic<'div'>
  /** thisᵒᵗʰᵉʳ, always float. */
  pow: FloatArithmetic<'pow'>
  /** Remainder with the sign of the divisor. */
  mod: Arithmetic<'mod'>
  remainder: Arithmetic<'mod'>
  floorDiv: Arithmetic<'floorDiv'>
  /** The larger of two, element by element; NaN where either is. */
  maximum: Arithmetic<'maximum'>
  minimum: Arithmetic<'minimum'>
  /** min(max(x, low), high) */
  clamp<A extends Shape, E extends DType>(this: TensorLike<A, E>, low?: number, high?: number): TensorOf<AsNumber<E>, A>
  /** this + weight · (end − this) */
  lerp<A extends Shape, B extends Shape>(
    this: TensorLike<A>,
    end: Checked<Broadcast<A, B, 'lerp'>, TensorLike<B>>,
    weight: number | TensorLike,
  ): Tensor<Broadcast<A, B, 'lerp'>>

  eq: Comparison<'eq'>
  ne: Comparison<'ne'>
  lt: Comparison<'lt'>
  le: Comparison<'le'>
  gt: Comparison<'gt'>
  ge: Comparison<'ge'>
  and: Logic<'and'>
  or: Logic<'or'>
  xor: Logic<'xor'>
  not<A extends Shape>(this: Truth<A>): BoolTensor<A>

  neg: Elementwise
  abs: Elementwise
  sign: Elementwise
  floor: Elementwise
  ceil: Elementwise
  /** Halves go to the even neighbour. */
  round: Elementwise
  trunc: Elementwise
  relu: Elementwise
  square: Elementwise
  sqrt: FloatElementwise
  rsqrt: FloatElementwise
  reciprocal: FloatElementwise
  exp: FloatElementwise
  expm1: FloatElementwise
  log: FloatElementwise
  log1p: FloatElementwise
  sin: FloatElementwise
  cos: FloatElementwise
  tan: FloatElementwise
  tanh: FloatElementwise
  sigmoid: FloatElementwise
  erf: FloatElementwise
  isNaN: Test
  isFinite: Test

  cast<A extends Shape, E extends DType>(this: TensorLike<A>, dtype: E): TensorOf<E, A>
  toInt<A extends Shape>(this: TensorLike<A>): IntTensor<A>
  toFloat<A extends Shape>(this: TensorLike<A>): Tensor<A>
  /** ≠ 0 */
  toBool<A extends Shape>(this: TensorLike<A>): BoolTensor<A>
  /** The same values, through which no derivative passes. */
  stopGradient<A extends Shape, E extends DType>(this: TensorLike<A, E>): TensorOf<E, A>
  detach<A extends Shape, E extends DType>(this: TensorLike<A, E>): TensorOf<E, A>

  // reductions
  sum: Reduction<'sum'>
  prod: Reduction<'prod'>
  max: Reduction<'max'>
  min: Reduction<'min'>
  mean: FloatReduction<'mean'>
  logsumexp: FloatReduction<'logsumexp'>
  var: FloatReduction<'var', { readonly correction?: number }>
  std: FloatReduction<'var', { readonly correction?: number }>
  norm: FloatReduction<'norm', { readonly p?: number }>
  any: TruthReduction<'any'>
  all: TruthReduction<'all'>
  /** Index of the first largest element. */
  argmax: Position<'argmax'>
  argmin: Position<'argmin'>
  softmax: FloatAlong<'softmax'>
  logSoftmax: FloatAlong<'logSoftmax'>
  /** Scaled to unit norm along an axis. */
  normalize: FloatAlong<'norm'>
  /** Running sums. */
  cumsum<A extends Shape, E extends DType, I extends number>(
    this: TensorLike<A, E>,
    axis: Checked<HasAxis<A, I, 'cumsum'>, I>,
  ): TensorOf<AsNumber<E>, A>

  // movement
  /** The same elements in another shape; one −1 stands for whatever is left. */
  reshape<A extends Shape, E extends DType, const N extends Shape>(
    this: TensorLike<A, E>,
    shape: Checked<Reshape<A, N>, N>,
  ): TensorOf<E, Reshape<A, N>>
  /** Joins the axes from `start` (1) on. */
  flatten<A extends Shape, E extends DType, const I extends number = 1>(
    this: TensorLike<A, E>,
    start?: I,
  ): TensorOf<E, FlattenFrom<A, I>>
  permute<A extends Shape, E extends DType, const P extends Shape>(
    this: TensorLike<A, E>,
    axes: Checked<Permute<A, P>, P>,
  ): TensorOf<E, Permute<A, P>>
  /** Exchanges two axes; the last two unless given. */
  transpose<A extends Shape, E extends DType, I extends number = -2, J extends number = -1>(
    this: TensorLike<A, E>,
    first?: Checked<Transpose<A, I, J>, I>,
    second?: J,
  ): TensorOf<E, Transpose<A, I, J>>
  /** All axes reversed; of a matrix its transpose. `T` is the same without a known shape. */
  t<A extends Shape, E extends DType>(this: TensorLike<A, E>): TensorOf<E, Reversed<A>>
  squeeze<A extends Shape, E extends DType, I extends number | undefined = undefined>(
    this: TensorLike<A, E>,
    axis?: Checked<Squeeze<A, I>, I>,
  ): TensorOf<E, Squeeze<A, I>>
  unsqueeze<A extends Shape, E extends DType, I extends number>(
    this: TensorLike<A, E>,
    axis: Checked<Unsqueeze<A, I>, I>,
  ): TensorOf<E, Unsqueeze<A, I>>
  expand<A extends Shape, E extends DType, const N extends Shape>(
    this: TensorLike<A, E>,
    shape: Checked<Expand<A, N>, N>,
  ): TensorOf<E, Expand<A, N>>
  broadcastTo<A extends Shape, E extends DType, const N extends Shape>(
    this: TensorLike<A, E>,
    shape: Checked<Expand<A, N>, N>,
  ): TensorOf<E, Expand<A, N>>
  /** Puts `value` (0) around; negative amounts crop. */
  pad<A extends Shape, E extends DType>(
    this: TensorLike<A, E>,
    padding: number | readonly (number | readonly [number, number])[],
    value?: number,
  ): TensorOf<E, { -readonly [K in keyof A]: number }>
  /** One range [start, stop, step] per axis; further axes stay whole. */
  slice<A extends Shape, E extends DType, const R extends readonly (Range | ':')[]>(
    this: TensorLike<A, E>,
    ranges: Checked<Slice<A, R>, R>,
  ): TensorOf<E, Slice<A, R>>
  /** Positions drop their axis, ranges keep it: `at(0)`, `at(':', [1, 4])`, `at('...', -1)`, `at(null)` adds an axis. */
  at<A extends Shape, E extends DType, const I extends readonly Index[]>(
    this: TensorLike<A, E>,
    ...indices: CheckedIndices<At<A, I>, I>
  ): TensorOf<E, At<A, I>>
  flip<A extends Shape, E extends DType>(this: TensorLike<A, E>, axis?: number | readonly number[]): TensorOf<E, A>
  /** The whole repeated, repeats[i] times along axis i. */
  tile<A extends Shape, E extends DType, const R extends Shape>(
    this: TensorLike<A, E>,
    repeats: R,
  ): TensorOf<E, Tile<A, R>>
  /** Each element repeated along an axis (0). */
  repeat<A extends Shape, E extends DType>(
    this: TensorLike<A, E>,
    times: number,
    axis?: number,
  ): TensorOf<E, { -readonly [K in keyof A]: number }>
  roll<A extends Shape, E extends DType>(this: TensorLike<A, E>, shift: number, axis?: number): TensorOf<E, A>
  /** Pieces of `size` along an axis (0), or of the given sizes. */
  split<A extends Shape, E extends DType>(
    this: TensorLike<A, E>,
    size: number | readonly number[],
    axis?: number,
  ): TensorOf<E, { -readonly [K in keyof A]: number }>[]
  chunk<A extends Shape, E extends DType>(
    this: TensorLike<A, E>,
    count: number,
    axis?: number,
  ): TensorOf<E, { -readonly [K in keyof A]: number }>[]

  // products
  /** Matrix product over the last two axes; the others broadcast. */
  matmul<A extends Shape, E extends DType, B extends Shape, F extends DType>(
    this: TensorLike<A, E>,
    other: Checked<MatMul<A, B>, TensorLike<B, F>>,
  ): TensorOf<AsNumber<Promote<E, F>>, MatMul<A, B>>
  dot<A extends Shape, E extends DType, B extends Shape, F extends DType>(
    this: TensorLike<A, E>,
    other: Checked<Dot<A, B>, TensorLike<B, F>>,
  ): TensorOf<AsNumber<Promote<E, F>>, Dot<A, B>>
  outer<A extends Shape, E extends DType, B extends Shape, F extends DType>(
    this: TensorLike<A, E>,
    other: Checked<Outer<A, B>, TensorLike<B, F>>,
  ): TensorOf<AsNumber<Promote<E, F>>, Outer<A, B>>

  // indexing
  /** Slices along an axis (0), one for each index. */
  take<A extends Shape, E extends DType, B extends Shape, I extends number = 0>(
    this: TensorLike<A, E>,
    indices: Indices<B>,
    axis?: Checked<HasAxis<A, I, 'take'>, I>,
  ): TensorOf<E, Narrow<A, B, I>>
  indexSelect<A extends Shape, E extends DType, B extends Shape, I extends number>(
    this: TensorLike<A, E>,
    axis: Checked<HasAxis<A, I, 'indexSelect'>, I>,
    indices: Indices<B>,
  ): TensorOf<E, Narrow<A, B, I>>
  /** y[i, j] = x[indices[i, j], j] for axis 0, and so on. */
  gather<A extends Shape, E extends DType, B extends Shape, I extends number>(
    this: TensorLike<A, E>,
    axis: Checked<HasAxis<A, I, 'gather'>, I>,
    indices: Indices<B>,
  ): TensorOf<E, B>
  takeAlong<A extends Shape, E extends DType, B extends Shape, I extends number>(
    this: TensorLike<A, E>,
    indices: Indices<B>,
    axis: Checked<HasAxis<A, I, 'gather'>, I>,
  ): TensorOf<E, B>
  /** x with updates[i, j] added at x[indices[i, j], j] for axis 0, and so on. */
  scatterAdd<A extends Shape, E extends DType, I extends number>(
    this: TensorLike<A, E>,
    axis: Checked<HasAxis<A, I, 'scatterAdd'>, I>,
    indices: Indices<Shape>,
    updates: TensorLike,
  ): TensorOf<E, A>
  oneHot<A extends Shape, N extends number>(this: Indices<A>, classes: N): Tensor<[...A, N]>
  sort<A extends Shape, E extends DType, I extends number = -1>(
    this: TensorLike<A, E>,
    axis?: Checked<HasAxis<A, I, 'argsort'>, I>,
    options?: { readonly descending?: boolean },
  ): TensorOf<AsNumber<E>, A>
  argsort<A extends Shape, I extends number = -1>(
    this: TensorLike<A>,
    axis?: Checked<HasAxis<A, I, 'argsort'>, I>,
    options?: { readonly descending?: boolean },
  ): IntTensor<A>
  /** The k largest along an axis (the last), in order. */
  topk<A extends Shape, E extends DType>(
    this: TensorLike<A, E>,
    k: number,
    axis?: number,
    options?: { readonly smallest?: boolean },
  ): {
    values: TensorOf<AsNumber<E>, { -readonly [K in keyof A]: number }>
    indices: IntTensor<{ -readonly [K in keyof A]: number }>
  }
}

/** A tensor of float32, what networks are made of. */
export interface Tensor<out S extends Shape = Shape> extends AnyTensor<S, 'float32'> {
  /** All axes reversed; `t()` keeps the shape's type. */
  readonly T: Tensor
}
/** A tensor of int32: indices, labels, counts. */
export interface IntTensor<out S extends Shape = Shape> extends AnyTensor<S, 'int32'> {
  /** All axes reversed; `t()` keeps the shape's type. */
  readonly T: IntTensor
}
/** A tensor of truth values. */
export interface BoolTensor<out S extends Shape = Shape> extends AnyTensor<S, 'bool'> {
  /** All axes reversed; `t()` keeps the shape's type. */
  readonly T: BoolTensor
}
/** A tensor of float64; only the js device computes with it. */
export interface Float64Tensor<out S extends Shape = Shape> extends AnyTensor<S, 'float64'> {
  /** All axes reversed; `t()` keeps the shape's type. */
  readonly T: Float64Tensor
}

// variables

interface Changeable {
  /** Becomes `value` at the next evaluation; until then it is part of the graph. Shape and dtype must stay. */
  assign(value: TensorLike): this
  /** Becomes these values now. */
  set(values: TypedArray | readonly number[]): this
  /** Frees the memory now instead of when the variable is collected. */
  dispose(): void
}
/** A float32 tensor whose value changes: a parameter, a state. */
export interface Variable<out S extends Shape = Shape> extends Tensor<S>, Changeable {}
/** A variable of any element type. */
export interface AnyVariable<out S extends Shape = Shape, out D extends DType = DType>
  extends AnyTensor<S, D>,
    Changeable {}
export type VariableOf<D extends DType, S extends Shape> = D extends 'float32' ? Variable<S> : AnyVariable<S, D>
export type { Count, Mutable, Same }
