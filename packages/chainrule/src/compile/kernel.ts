/**
 * Kernel IR: what the compiler hands to a device. A program is a list of kernels over numbered buffers; a kernel says which
 * elements are read, what is computed and where results go. It knows no pointers, no vector width and no thread: a printer
 * (`javascript.ts`, `device/wasm`, later C and WGSL) decides those.
 *
 * Elements are counted, not bytes: every buffer is a row-major run of elements of one dtype.
 */
import type { DType } from '../graph/dtype.ts'
import type { HostValue, Primitive } from '../graph/node.ts'
import type { Shape } from '../graph/shape.ts'

/** Index into `Kernel.buffers`. */
export type Argument = number
/** Index into a body. */
export type Value = number

/**
 * Which element of a buffer belongs to a point of an iteration space: offset + Σ strides[d]·index[d].
 * Where an index leaves a mask, the element is 0 and nothing is read.
 */
export interface Access {
  readonly argument: Argument
  readonly offset: number
  /** One per dimension of the iteration space; 0 repeats, negative runs backwards. */
  readonly strides: readonly number[]
  /** lo ≤ index[dim] < hi; several may be given. */
  readonly mask?: readonly { readonly dim: number; readonly lo: number; readonly hi: number }[]
}

/** The primitives that act on scalars. */
export type ScalarOp = Extract<
  Primitive,
  | 'neg'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'sqrt'
  | 'exp'
  | 'log'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'relu'
  | 'not'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'mod'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'and'
  | 'or'
  | 'equal'
  | 'less'
  | 'lessEqual'
  | 'where'
>

/** One step of a body, in static single assignment: arguments are earlier values of the same body. */
export type Instruction =
  | { readonly op: 'const'; readonly value: number; readonly dtype: DType }
  | { readonly op: 'load'; readonly access: Access; readonly dtype: DType }
  /** offset + Σ strides[d]·index[d] as int32. */
  | { readonly op: 'index'; readonly offset: number; readonly strides: readonly number[]; readonly dtype: 'int32' }
  | { readonly op: 'scalar'; readonly name: ScalarOp; readonly args: readonly Value[]; readonly dtype: DType }
  | { readonly op: 'cast'; readonly args: readonly [Value]; readonly dtype: DType }
  /** Threefry-2x32-20 with key (args[0], args[1]) and counter (args[2], 0); word 0 >>> 8, times 2⁻²⁴. */
  | { readonly op: 'random'; readonly args: readonly [Value, Value, Value]; readonly dtype: 'float32' }
  /** Loop kernels: the result of reductions[index] for the current row. */
  | { readonly op: 'reduced'; readonly reduction: number; readonly dtype: DType }
  /** Epilogues: what the kernel computed for this output element. */
  | { readonly op: 'result'; readonly dtype: DType }

export interface Store {
  readonly access: Access
  readonly value: Value
}

export interface Reduction {
  /** argmax: position in the row-major order of the swept dimensions of the first maximum, int32. NaN counts as largest. */
  readonly op: 'sum' | 'max' | 'argmax'
  readonly value: Value
  readonly dtype: DType
}

/**
 * Maps, reductions and row-wise chains. The iteration space is `dims`; the first `rows` of them number the rows, the others
 * are swept. Without reductions it is a map (rows = dims.length: nothing is swept).
 *
 * The level of a value is how many sweeps must be finished before it can be computed: a `reduced` value is one above the
 * highest level among the values its reduction depends on; anything else is the maximum of its arguments.
 * Sweep l computes all reductions whose value has level l. A store happens once per row if its value depends on no swept
 * dimension (`strides` of the store access are 0 there), else during the sweep of its value's level.
 */
export interface LoopKernel {
  readonly kind: 'loop'
  readonly name: string
  readonly buffers: readonly BufferId[]
  readonly dims: readonly number[]
  readonly rows: number
  readonly body: readonly Instruction[]
  readonly reductions: readonly Reduction[]
  readonly stores: readonly Store[]
}

/**
 * One axis of an operand of a contraction: coordinate = start + Σ step·index[dim]; outside [0, size) the operand is 0.
 * One term with start 0 is an ordinary axis; two terms (output position and tap) make a sliding window.
 */
export interface Axis {
  readonly size: number
  /** Elements between neighbours in the buffer; may be 0 or negative. */
  readonly stride: number
  readonly start: number
  readonly terms: readonly { readonly dim: number; readonly step: number }[]
}
export interface Operand {
  readonly argument: Argument
  readonly offset: number
  readonly axes: readonly Axis[]
}
/** batch: in a, b and out. m: in a and out. n: in b and out. k: in a and b, summed. */
export type Role = 'batch' | 'm' | 'n' | 'k'

/** What is done to a result on its way to memory; the accesses index the kernel's output space. */
export interface Epilogue {
  readonly body: readonly Instruction[]
  readonly stores: readonly Store[]
}

/**
 * out[batch, m, n] = epilogue(Σ_k a[batch, m, k] · b[batch, k, n]): matrix products and convolutions of any rank with
 * stride, padding, dilation and groups, forward and both gradients. Only `b` has window axes; `a` has one term per axis.
 * Epilogue accesses have one stride per entry of `dims` (0 for k).
 */
export interface ContractKernel {
  readonly kind: 'contract'
  readonly name: string
  readonly buffers: readonly BufferId[]
  readonly dims: readonly { readonly size: number; readonly role: Role }[]
  readonly a: Operand
  readonly b: Operand
  readonly epilogue: Epilogue
  readonly dtype: DType
}

/**
 * Sliding windows over contiguous [rows, …size]. sum, max, pick: out is [rows, …positions]; scatter: out is [rows, …size].
 * `inputs` are arguments: sum, max (x); pick (x, h); scatter (x, g). Outside: 0 for sum, −∞ for the others.
 * Epilogue accesses have one stride for rows and one per output axis. A scatter whose epilogue also loads x may store in x's
 * place: a row of x is read by windows before the epilogue of that row stores.
 */
export interface WindowKernel {
  readonly kind: 'window'
  readonly name: string
  readonly buffers: readonly BufferId[]
  readonly op: 'sum' | 'max' | 'pick' | 'scatter'
  readonly inputs: readonly Argument[]
  readonly rows: number
  readonly size: readonly number[]
  readonly positions: readonly number[]
  readonly window: readonly number[]
  readonly stride: readonly number[]
  readonly low: readonly number[]
  readonly dilation: readonly number[]
  readonly inputDilation: readonly number[]
  readonly epilogue: Epilogue
  readonly dtype: DType
}

/** out[o, j, i] = x[o, indices[j], i]; all contiguous. An index outside [0, size) is a fault. */
export interface GatherKernel {
  readonly kind: 'gather'
  readonly name: string
  /** [x, indices, out] */
  readonly buffers: readonly BufferId[]
  readonly outer: number
  readonly size: number
  readonly inner: number
  readonly count: number
  readonly dtype: DType
}

/** out = 0; out[o, indices[j], i] += updates[o, j, i], j ascending; all contiguous. */
export interface ScatterKernel {
  readonly kind: 'scatter'
  readonly name: string
  /** [updates, indices, out] */
  readonly buffers: readonly BufferId[]
  readonly outer: number
  readonly size: number
  readonly inner: number
  readonly count: number
  readonly dtype: DType
}

/** Work done by a JavaScript function between kernels: sorting, and the `host` primitive. Buffers: inputs, then the output. */
export interface HostKernel {
  readonly kind: 'host'
  readonly name: string
  readonly buffers: readonly BufferId[]
  readonly inputs: readonly { readonly shape: Shape; readonly dtype: DType }[]
  readonly output: { readonly shape: Shape; readonly dtype: DType }
  readonly run: (...inputs: HostValue[]) => ArrayLike<number>
}

export type Kernel = LoopKernel | ContractKernel | WindowKernel | GatherKernel | ScatterKernel | HostKernel

/** Stores that a kernel says one by one; the other kinds write their last buffer. */
export const storesOf = (kernel: Kernel): readonly Store[] =>
  kernel.kind === 'loop'
    ? kernel.stores
    : kernel.kind === 'contract' || kernel.kind === 'window'
      ? kernel.epilogue.stores
      : []
/** Buffers that a kernel writes. */
export function writtenBy(kernel: Kernel): readonly BufferId[] {
  const stores = storesOf(kernel)
  return stores.length > 0 ? stores.map(s => kernel.buffers[s.access.argument]!) : kernel.buffers.slice(-1)
}

/** Index into `Program.buffers`. */
export type BufferId = number

export interface ProgramBuffer {
  readonly elements: number
  readonly dtype: DType
  /** source: given at each run. temporary: lives from `first` to `last` kernel. An output may be either. */
  readonly kind: 'source' | 'temporary'
  /** Kernels that touch it first and last (indices); a source lives from −1, an output to kernels.length. */
  readonly first: number
  readonly last: number
  /** kind 'source': which one. */
  readonly source?: number
  /** What it holds, for people: primitive and module path. */
  readonly label: string
}

/** A whole step: kernels in order, and where the results are afterwards. */
export interface Program {
  readonly buffers: readonly ProgramBuffer[]
  readonly kernels: readonly Kernel[]
  /** Buffer of each output of the graph. */
  readonly outputs: readonly BufferId[]
  /** After the last kernel: copy buffer `from` into source buffer `to` (a variable's new value that was not made in place). */
  readonly copies: readonly { readonly from: BufferId; readonly to: BufferId }[]
}
