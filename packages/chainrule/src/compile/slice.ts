/**
 * A kernel cut into pieces that may run at the same time, in any order. How it is cut depends on the kernel alone, never on how
 * many threads there are, so results do not either: one thread runs the same pieces one after the other.
 *
 * A kernel is cut along a dimension of its outputs: nothing is summed across pieces, and each piece stores elements that no
 * other piece touches. Equal pieces are one kernel on displaced buffers, for which code is made once.
 */
import { numel, range } from '../graph/shape.ts'
import { costOf } from './cost.ts'
import type {
  Access,
  Argument,
  ContractKernel,
  GatherKernel,
  Instruction,
  Kernel,
  LoopKernel,
  Operand,
  ScatterKernel,
  Store,
  WindowKernel,
} from './kernel.ts'
import { variesInRow } from './levels.ts'
import { inFewestDims } from './loop-plan.ts'

/**
 * Pieces 0…count−1: `kernel` with the start of argument j moved by offsets[j] + i·shifts[j] elements in piece i. Neither is
 * negative. The kernel may have more arguments than the one that was cut: the same buffer again, moved at another pace.
 */
export interface Slices {
  readonly kernel: Kernel
  readonly count: number
  readonly offsets: readonly number[]
  readonly shifts: readonly number[]
}

/** Work is counted in units of about 1/25 ns on one thread: a multiply-add of a contraction is one. */
export interface SliceLimits {
  /** The least work in a piece. */
  readonly work: number
  /** The most pieces. */
  readonly pieces: number
  /** The fewest output channels of a convolution in a piece, where there are twice as many: each piece reads the image anew. */
  readonly channels?: number
  /** Output channels that fill a vector: no piece of a convolution has fewer, where there are as many. */
  readonly lanes?: number
}
export const sliceLimits: SliceLimits = { work: 1 << 17, pieces: 16, channels: 32 }

/** Work that every further piece does again (packing an operand): all of that is at most this share of the kernel's work. */
const mostRepeated = 0.06
/** Pieces that need code of their own are few, and long. */
const mostDistinct = 4
const longer = 16

/** A dimension along which a kernel may be cut. */
interface Cut {
  readonly size: number
  /** Pieces are multiples of it. */
  readonly grain: number
  /** Work that each further piece does again. */
  readonly repeated: number
  /** Elements between neighbours in the first result. */
  readonly stride: number
  /** Pieces differ by more than where their arguments are: an index or a mask moves along the dimension. */
  readonly distinct: boolean
  /** `size` points of the dimension from `at` on; `moved` says which argument to use. */
  narrow(size: number, at: number, moved: Moved): Kernel
}
/** An argument that moves by `stride` elements from point to point. */
type Moved = (argument: Argument, stride: number) => Argument

/** The kernel in pieces, or whole where it cannot be cut or is not worth it. */
export function slice(kernel: Kernel, limits: SliceLimits = sliceLimits): readonly Slices[] {
  const work = workOf(kernel)
  const units = work / limits.work
  const most = Math.min(limits.pieces, units)
  let best: { readonly cut: Cut; readonly chunk: number } | undefined
  let highest = 0
  for (const cut of most < 2 ? [] : cutsOf(kernel, limits)) {
    const { size, grain, repeated, distinct } = cut
    const code = distinct ? Math.min(mostDistinct, units / longer) : most
    const count = Math.floor(Math.min(most, code, size, 1 + (mostRepeated * work) / repeated))
    const chunks = range(count + 1).flatMap(n =>
      n < 2 ? [] : [Math.floor(size / n / grain), Math.ceil(size / n / grain)],
    )
    for (const chunk of chunks.map(c => c * grain)) {
      const pieces = Math.ceil(size / chunk)
      if (pieces < 2 || pieces > count) continue
      const merit = meritOf(cut, chunk, units) - ((pieces - 1) * repeated) / work
      // among equals, pieces that are long runs of memory
      const handicap = !best || cut === best.cut ? 0 : cut.stride > best.cut.stride ? -0.05 : 0.05
      if (merit <= highest + handicap) continue
      best = { cut, chunk }
      highest = merit
    }
  }
  if (!best) {
    const still = kernel.buffers.map(() => 0)
    return [{ kernel, count: 1, offsets: still, shifts: still }]
  }
  const { cut, chunk } = best
  const whole = Math.floor(cut.size / chunk)
  const pieces: Slices[] = []
  if (cut.distinct) for (let i = 0; i < whole; i++) pieces.push(piecesOf(kernel, cut, chunk, 1, i * chunk))
  else pieces.push(piecesOf(kernel, cut, chunk, whole, 0))
  const rest = cut.size % chunk
  if (rest > 0) pieces.push(piecesOf(kernel, cut, rest, 1, whole * chunk))
  return pieces
}

/** How well 2 to 8 threads share pieces of `chunk` points and a smaller one, less for more code (which short kernels do not repay). */
function meritOf({ size, distinct }: Cut, chunk: number, units: number): number {
  const whole = Math.floor(size / chunk)
  const rest = size % chunk
  const longest = (threads: number): number => Math.ceil(whole / threads) * chunk + (whole % threads === 0 ? rest : 0)
  const share = (threads: number): number => size / threads / longest(threads)
  return 2 * share(2) + share(3) + share(4) + share(6) + share(8) - (distinct ? 0.5 : rest > 0 ? 0.3 + 4 / units : 0)
}

function piecesOf(kernel: Kernel, cut: Cut, size: number, count: number, from: number): Slices {
  const buffers = [...kernel.buffers]
  const strides: number[] = []
  const twins = new Map<string, Argument>()
  const narrow = cut.narrow(size, from, (argument, stride) => {
    strides[argument] ??= stride
    if (strides[argument] === stride) return argument
    const key = `${argument} ${stride}`
    const twin = twins.get(key) ?? buffers.push(buffers[argument]!) - 1
    twins.set(key, twin)
    strides[twin] = stride
    return twin
  })
  return {
    kernel: { ...narrow, buffers },
    count,
    offsets: buffers.map((_, j) => (strides[j] ?? 0) * from),
    shifts: buffers.map((_, j) => (strides[j] ?? 0) * size),
  }
}

function cutsOf(kernel: Kernel, limits: SliceLimits): readonly Cut[] {
  switch (kernel.kind) {
    case 'loop':
      return cutsOfLoop(inFewestDims(kernel))
    case 'contract':
      return cutsOfContract(kernel, limits)
    case 'window':
      return cutsOfWindow(kernel)
    case 'gather':
      return cutsOfGather(kernel)
    case 'scatter':
      return [cutOuter(kernel, [kernel.count * kernel.inner, 0, kernel.size * kernel.inner])]
    case 'host':
      return []
  }
}

/** What is computed element by element. */
interface Elementwise {
  readonly body: readonly Instruction[]
  readonly stores: readonly Store[]
}
const loadsOf = ({ body }: Elementwise): Access[] => body.flatMap(i => (i.op === 'load' ? [i.access] : []))

/**
 * Whether pieces along a dimension are independent of each other. A buffer that is both read and written is so in place: read
 * at the very element that is stored. `others` are arguments read in some other way.
 */
function independent(kernel: Kernel, { body, stores }: Elementwise, dim: number, others: readonly Argument[]): boolean {
  const bufferOf = (access: Access): number => kernel.buffers[access.argument]!
  const written = stores.map(s => bufferOf(s.access))
  if (new Set(written).size < written.length || others.some(a => written.includes(kernel.buffers[a]!))) return false
  const inPlace = (load: Access): boolean => {
    const store = stores.find(s => bufferOf(s.access) === bufferOf(load))?.access
    return !store || (store.offset === load.offset && store.strides.every((s, d) => s === load.strides[d]))
  }
  return (
    stores.every(s => s.access.strides[dim]! > 0) &&
    loadsOf({ body, stores }).every(access => access.strides[dim]! >= 0 && inPlace(access))
  )
}

const isDistinct = ({ body, stores }: Elementwise, dim: number): boolean =>
  body.some(i => i.op === 'index' && i.strides[dim] !== 0) ||
  [...loadsOf({ body, stores }), ...stores.map(s => s.access)].some(a => a.mask?.some(m => m.dim === dim))

/** The same from point `at` of a dimension on: by where the arguments are, or if `distinct` by offsets, indices and masks. */
function moveAlong<E extends Elementwise>(elementwise: E, dim: number, distinct: boolean, at: number, moved: Moved): E {
  const move = (access: Access): Access => {
    const stride = access.strides[dim]!
    if (!distinct) return { ...access, argument: moved(access.argument, stride) }
    const mask = access.mask?.map(m => (m.dim === dim ? { dim, lo: m.lo - at, hi: m.hi - at } : m))
    return {
      ...access,
      offset: access.offset + at * stride,
      argument: moved(access.argument, 0),
      ...(mask && { mask }),
    }
  }
  return {
    ...elementwise,
    body: elementwise.body.map(i =>
      i.op === 'load'
        ? { ...i, access: move(i.access) }
        : i.op === 'index'
          ? { ...i, offset: i.offset + at * i.strides[dim]! }
          : i,
    ),
    stores: elementwise.stores.map(s => ({ ...s, access: move(s.access) })),
  }
}

/** Where what is near in memory is cut it is between cache lines; what is short does not matter. */
function lineOf(elementwise: Elementwise, dim: number, dims: readonly number[]): number {
  const accesses = [...loadsOf(elementwise), ...elementwise.stores.map(s => s.access)]
  const elements = accesses.map(({ strides }) => numel(dims.map((n, d) => (strides[d] === 0 ? 1 : n))))
  const most = Math.max(...elements)
  const inLine = (stride: number): number => (stride > 0 ? Math.floor(16 / stride) : 1)
  return Math.max(1, ...accesses.map(({ strides }, i) => (elements[i] === most ? inLine(strides[dim]!) : 1)))
}

const replaced = <T>(list: readonly T[], at: number, value: T): T[] => list.map((x, i) => (i === at ? value : x))

function cutsOfLoop(kernel: LoopKernel): Cut[] {
  const cuts: Cut[] = []
  for (let dim = 0; dim < kernel.rows; dim++) {
    if (!independent(kernel, kernel, dim, [])) continue
    const distinct = isDistinct(kernel, dim)
    cuts.push({
      size: kernel.dims[dim]!,
      grain: lineOf(kernel, dim, kernel.dims),
      repeated: 0,
      stride: kernel.stores[0]!.access.strides[dim]!,
      distinct,
      narrow: (size, at, moved) => ({
        ...moveAlong(kernel, dim, distinct, at, moved),
        dims: replaced(kernel.dims, dim, size),
      }),
    })
  }
  return cuts
}

/** Elements from point to point; undefined where the coordinate of an axis depends on more, or may leave the operand. */
function strideOf({ dims }: ContractKernel, operand: Operand, dim: number): number | undefined {
  let stride = 0
  for (const axis of operand.axes) {
    const terms = axis.terms.filter(t => t.step !== 0 && dims[t.dim]!.size > 1)
    if (!terms.some(t => t.dim === dim)) continue
    const last = axis.start + terms[0]!.step * (dims[dim]!.size - 1)
    if (terms.length > 1 || Math.min(axis.start, last) < 0 || Math.max(axis.start, last) >= axis.size) return undefined
    stride += axis.stride * terms[0]!.step
  }
  return stride < 0 ? undefined : stride
}

const hasWindows = ({ dims }: ContractKernel, { axes }: Operand): boolean =>
  axes.some(({ terms }) => terms.filter(t => dims[t.dim]!.size > 1).length > 1)

/** Bytes of two operands that stay in the cache together. */
const smallBytes = 512 << 10

/**
 * Work of bringing an operand into the order that the multiplication wants: windows are copied, matrices transposed. Operands
 * that lie along the reduction are multiplied where they are if they are small.
 */
function packing(kernel: ContractKernel, operand: Operand): number {
  const { dims, a, b } = kernel
  const elements = ({ axes }: Operand): number => axes.reduce((n, axis) => (axis.stride === 0 ? n : n * axis.size), 1)
  if (hasWindows(kernel, operand)) return 4 * elements(operand)
  const along = dims.some((d, i) => d.role === 'k' && strideOf(kernel, a, i) === 1 && strideOf(kernel, b, i) === 1)
  return along && 4 * (elements(a) + elements(b)) <= smallBytes ? 0 : 8 * elements(operand)
}

/** Rows of a register tile come in groups, or are the lanes of whole vectors. */
const rowsOf = (size: number): number => (size >= 32 ? 16 : size >= 8 ? 4 : 2)

function cutsOfContract(kernel: ContractKernel, { channels = 1, lanes = 1 }: SliceLimits): Cut[] {
  const { dims, a, b, epilogue } = kernel
  const whole = hasWindows(kernel, b)
    ? (size: number) => (size >= 2 * channels ? channels : size >= lanes ? lanes : 1)
    : () => 1
  return dims.flatMap(({ role, size }, dim): Cut[] => {
    const [ofA, ofB] = [strideOf(kernel, a, dim), strideOf(kernel, b, dim)]
    if (role === 'k' || ofA === undefined || ofB === undefined) return []
    if (!independent(kernel, epilogue, dim, [a.argument, b.argument])) return []
    const distinct = isDistinct(epilogue, dim)
    return [
      {
        size,
        grain: Math.max(
          lineOf(
            epilogue,
            dim,
            dims.map(d => d.size),
          ),
          role === 'm' ? Math.max(rowsOf(size), whole(size)) : 1,
        ),
        repeated: role === 'batch' ? 0 : packing(kernel, role === 'm' ? b : a),
        stride: epilogue.stores[0]!.access.strides[dim]!,
        distinct,
        narrow: (size, at, moved) => ({
          ...kernel,
          dims: replaced(dims, dim, { role, size }),
          a: { ...a, argument: moved(a.argument, ofA) },
          b: { ...b, argument: moved(b.argument, ofB) },
          epilogue: moveAlong(epilogue, dim, distinct, at, moved),
        }),
      },
    ]
  })
}

function cutsOfWindow(kernel: WindowKernel): Cut[] {
  const { op, inputs, rows, size, positions, epilogue } = kernel
  const plane = numel(size)
  const [x] = inputs as [Argument]
  const stores = epilogue.stores.map(s => s.access)
  // a scatter may store in x's place: row by row
  const own = stores.find(s => kernel.buffers[s.argument] === kernel.buffers[x])
  const last = own ? own.strides.reduce((n, s, d) => n + (d === 0 ? 0 : s * (size[d - 1]! - 1)), own.offset) : 0
  if (own && (op !== 'scatter' || own.strides[0] !== plane || own.offset < 0 || last >= plane)) return []
  if (!independent(kernel, epilogue, 0, own ? inputs.slice(1) : inputs)) return []
  const distinct = isDistinct(epilogue, 0)
  return [
    {
      size: rows,
      grain: lineOf(epilogue, 0, [rows, ...(op === 'scatter' ? size : positions)]),
      repeated: 0,
      stride: stores[0]!.strides[0]!,
      distinct,
      narrow: (count, at, moved) => ({
        ...kernel,
        rows: count,
        inputs: inputs.map((argument, i) => moved(argument, op === 'scatter' && i === 1 ? numel(positions) : plane)),
        epilogue: moveAlong(epilogue, 0, distinct, at, moved),
      }),
    },
  ]
}

function cutOuter(kernel: GatherKernel | ScatterKernel, strides: readonly number[]): Cut {
  return {
    size: kernel.outer,
    grain: strides.includes(1) ? 16 : 1,
    repeated: 0,
    stride: strides[2]!,
    distinct: false,
    narrow: (size, _, moved) => {
      strides.forEach((s, j) => {
        moved(j, s)
      })
      return { ...kernel, outer: size }
    },
  }
}

function cutsOfGather(kernel: GatherKernel): Cut[] {
  const { outer, size, inner, count } = kernel
  if (outer > 1) return [cutOuter(kernel, [size * inner, 0, count * inner])]
  const along: Cut = {
    ...cutOuter(kernel, [0, 1, inner]),
    size: count,
    narrow: (size, _, moved) => {
      moved(1, 1)
      moved(2, inner)
      return { ...kernel, count: size }
    },
  }
  return [along]
}

/** Units of work of one element; what goes to memory and back costs most. */
const workOfElement = ({ body, stores }: Elementwise): number =>
  body.reduce((sum, i) => sum + costOf(i) * (i.op === 'load' ? 3 : 1), 3 * stores.length)

function workOfLoop(kernel: LoopKernel): number {
  const { dims, rows, body, stores, reductions } = kernel
  const varies = variesInRow(kernel)
  const inRow = workOfElement({
    body: body.filter((_, v) => varies[v]),
    stores: stores.filter(s => s.access.strides.slice(rows).some(stride => stride !== 0)),
  })
  return numel(dims) * (inRow + reductions.length) + numel(dims.slice(0, rows)) * workOfElement(kernel)
}

/** Units of work of a kernel. */
export function workOf(kernel: Kernel): number {
  switch (kernel.kind) {
    case 'loop':
      return workOfLoop(kernel)
    case 'contract': {
      const outputs = numel(kernel.dims.map(d => (d.role === 'k' ? 1 : d.size)))
      return numel(kernel.dims.map(d => d.size)) + outputs * workOfElement(kernel.epilogue)
    }
    case 'window': {
      const { rows, positions, window, size, op } = kernel
      return (
        rows *
        (2 * numel([...positions, ...window]) +
          numel(op === 'scatter' ? size : positions) * workOfElement(kernel.epilogue))
      )
    }
    case 'gather':
    case 'scatter':
      return 6 * kernel.outer * kernel.count * kernel.inner
    case 'host':
      return 0
  }
}
