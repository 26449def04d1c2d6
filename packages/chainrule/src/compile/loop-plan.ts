/**
 * What is decided about a loop kernel before it is printed, given the number of vector lanes: its iteration space in the fewest
 * dimensions, the dimension that lies across vector lanes, in which sweep each value and store belongs, and which values are kept
 * between sweeps.
 */
import { costOf } from './cost.ts'
import type { Access, Instruction, LoopKernel, Reduction, Store, Value } from './kernel.ts'
import { valueLevels } from './levels.ts'

/** A set of dimensions, one bit each. */
export type Dims = number
export const without = (set: Dims, dim: number): Dims => set & ~(1 << dim)
export const within = (set: Dims, other: Dims): boolean => (set & ~other) === 0

/** The iteration space and everything that is addressed in it. */
export interface Space {
  readonly sizes: readonly number[]
  /** The first `rows` dimensions number the rows; the others are swept. */
  readonly rows: number
  readonly body: readonly Instruction[]
  readonly reductions: readonly Reduction[]
  readonly stores: readonly Store[]
}

export interface Sweep {
  readonly reductions: readonly number[]
  readonly stores: readonly Store[]
  /** Values computed here and kept for later sweeps. */
  readonly keeps: readonly Value[]
  /** Values kept by earlier sweeps. */
  readonly reads: readonly Value[]
}

export interface LoopPlan extends Space {
  /** The dimension across lanes. */
  readonly vector: number
  /**
   * Of a map: another dimension, along which some load is contiguous that is not so across lanes. Vectors are read along it
   * and transposed in registers. −1: none.
   */
  readonly transposed: number
  readonly levels: readonly number[]
  /** Dimensions that a value depends on; a reduced value depends on all row dimensions. */
  readonly depends: readonly Dims[]
  readonly sweeps: readonly Sweep[]
  /** Stores done once per row, after all sweeps. */
  readonly rowStores: readonly Store[]
  /** All kept values, in the order of their places in scratch memory. */
  readonly kept: readonly Value[]
}

export const argumentsOf = (instruction: Instruction): readonly Value[] =>
  'args' in instruction ? instruction.args : []
export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)
export const rowDims = (space: Space): Dims => (1 << space.rows) - 1
export const sweptDims = (space: Space): Dims => (1 << space.sizes.length) - 1 - rowDims(space)

/** Everything in a kernel that has one stride per dimension. */
type Strided = Pick<Access, 'strides'> & { readonly mask?: NonNullable<Access['mask']> }
function* strided({ body, stores }: Space): Generator<Strided> {
  for (const i of body)
    if (i.op === 'load') yield i.access
    else if (i.op === 'index') yield i
  for (const s of stores) yield s.access
}

/** The same space with every mask and stride list rewritten; an access that is masked out entirely is the constant 0. */
function rewrite(
  space: Space,
  sizes: readonly number[],
  rows: number,
  change: <A extends Strided>(a: A) => A | 0,
): Space {
  return {
    sizes,
    rows,
    reductions: space.reductions,
    body: space.body.map((i): Instruction => {
      if (i.op === 'load') {
        const access = change(i.access)
        return access === 0 ? { op: 'const', value: 0, dtype: i.dtype } : { ...i, access }
      }
      if (i.op !== 'index') return i
      const index = change(i)
      return index === 0 ? { op: 'const', value: 0, dtype: 'int32' } : index
    }),
    stores: space.stores.map(s => ({ ...s, access: change(s.access) as Access })),
  }
}

/** Masks of one dimension become one, masks that hold everywhere none. */
function simplifyMasks(space: Space): Space {
  return rewrite(space, space.sizes, space.rows, access => {
    if (access.mask === undefined) return access
    const mask: { dim: number; lo: number; hi: number }[] = []
    for (const [dim, size] of space.sizes.entries()) {
      let lo = 0
      let hi = size
      for (const m of access.mask)
        if (m.dim === dim) {
          lo = Math.max(lo, m.lo)
          hi = Math.min(hi, m.hi)
        }
      if (lo >= hi) return 0
      if (lo > 0 || hi < size) mask.push({ dim, lo, hi })
    }
    return { ...access, mask }
  })
}

/** Keeps the given dimensions in the given order; the others have size 1 and no mask. */
function reorder(space: Space, order: readonly number[], rows: number): Space {
  const place = new Map(order.map((dim, i) => [dim, i]))
  return rewrite(
    space,
    order.map(d => space.sizes[d]!),
    rows,
    access => ({
      ...access,
      strides: order.map(d => access.strides[d]!),
      ...(access.mask && { mask: access.mask.map(m => ({ ...m, dim: place.get(m.dim)! })) }),
    }),
  )
}

/** Dimensions of size 1 dropped, the others in the order in which they lie in memory. */
function arrange(space: Space): Space {
  const { sizes, rows, reductions, body, stores } = space
  const real = sizes.flatMap((n, d) => (n === 1 ? [] : [d]))
  const spread = (strides: readonly number[], dims: readonly number[]): number =>
    dims.filter(d => strides[d] !== 0).length
  /** By falling strides of whatever reaches over most of these dimensions. */
  const inMemoryOrder = (dims: readonly number[], candidates: readonly Strided[]): number[] => {
    let best: readonly number[] | undefined
    for (const { strides } of candidates)
      if (best === undefined || spread(strides, dims) > spread(best, dims)) best = strides
    return best === undefined ? [...dims] : [...dims].sort((a, b) => Math.abs(best[b]!) - Math.abs(best[a]!) || a - b)
  }
  const rowOrder = inMemoryOrder(
    real.filter(d => d < rows),
    stores.map(s => s.access),
  )
  const swept = real.filter(d => d >= rows)
  const loads = body.flatMap(i => (i.op === 'load' ? [i.access] : []))
  // the position that argmax reports counts the swept dimensions in their own order
  const sweptOrder = reductions.some(r => r.op === 'argmax')
    ? swept
    : inMemoryOrder(swept, [...stores.map(s => s.access), ...loads])
  return reorder(space, [...rowOrder, ...sweptOrder], rowOrder.length)
}

/** Neighbouring dimensions that everything walks through without a jump become one. */
function merge(space: Space): Space {
  let result = space
  for (let d = space.sizes.length - 2; d >= 0; d--) {
    const { sizes, rows } = result
    if (d + 1 === rows) continue
    const inner = sizes[d + 1]!
    let joins = true
    for (const { strides, mask } of strided(result))
      joins &&= strides[d] === strides[d + 1]! * inner && !mask?.some(m => m.dim === d || m.dim === d + 1)
    if (!joins) continue
    result = rewrite(
      result,
      [...sizes.slice(0, d), sizes[d]! * inner, ...sizes.slice(d + 2)],
      d < rows ? rows - 1 : rows,
      access => ({
        ...access,
        strides: [...access.strides.slice(0, d), ...access.strides.slice(d + 1)],
        ...(access.mask && { mask: access.mask.map(m => (m.dim > d ? { ...m, dim: m.dim - 1 } : m)) }),
      }),
    )
  }
  return result
}

/** A dimension of size 1, where there is no other for the lanes. */
const withUnitRow = (space: Space): Space =>
  rewrite(space, [1, ...space.sizes], space.rows + 1, access => ({
    ...access,
    strides: [0, ...access.strides],
    ...(access.mask && { mask: access.mask.map(m => ({ ...m, dim: m.dim + 1 })) }),
  }))

function dependencies(space: Space): Dims[] {
  const depends: Dims[] = []
  for (const i of space.body) {
    let dims = i.op === 'reduced' ? rowDims(space) : 0
    const access = i.op === 'load' ? i.access : i.op === 'index' ? i : undefined
    access?.strides.forEach((s, d) => {
      if (s !== 0) dims |= 1 << d
    })
    if (i.op === 'load') for (const m of i.access.mask ?? []) dims |= 1 << m.dim
    for (const a of argumentsOf(i)) dims |= depends[a]!
    depends.push(dims)
  }
  return depends
}

/** The dimension of a map along which a load is contiguous that has another stride across lanes; −1 if there is none. */
export function contiguousElsewhere(space: Space, access: Access, vector: number): number {
  const stride = Math.abs(access.strides[vector]!)
  if (stride < 2 || access.mask?.length || space.rows < space.sizes.length) return -1
  return access.strides.findIndex((s, d) => s === 1 && d !== vector && space.sizes[d]! > 1)
}

/** Vector instructions per element, roughly, with `dim` across the lanes. */
function costAcross(space: Space, dim: number, depends: readonly Dims[], lanes: number): number {
  const { sizes, rows, body, stores, reductions } = space
  const size = sizes[dim]!
  const reach = (stride: number, unit: number, other: number): number =>
    stride === 0 ? 0 : stride === 1 ? unit : stride === -1 ? 2 * unit : other
  const perRow = product(sizes.slice(rows)) || 1
  const swept = sweptDims(space)
  const [single, turned] = [lanes + lanes / 4, 1 + Math.log2(lanes)]
  let cost = 0
  // what does not vary along a row is computed once for it: for one row at a time when lanes lie along the row
  let rowCost = 0
  body.forEach((i, v) => {
    if (i.op === 'load') {
      cost += reach(i.access.strides[dim]!, 1, contiguousElsewhere(space, i.access, dim) < 0 ? single : turned)
      if (i.access.mask?.some(m => m.dim === dim)) cost += 2
    } else if (rows < sizes.length && (depends[v]! & swept) === 0) rowCost += depends[v] ? costOf(i) : 0
    else if (depends[v]! & (1 << dim)) cost += costOf(i)
  })
  for (const s of stores) cost += reach(s.access.strides[dim]!, 1, single)
  const used = size / (lanes * Math.ceil(size / lanes) || 1)
  cost += (rowCost * (dim >= rows ? lanes : 1)) / perRow
  // lanes are added up at the end of a row
  const ends = dim >= rows && reductions.length > 0 ? (6 * Math.log2(lanes) * reductions.length + 8) / perRow : 0
  return cost / used / lanes + ends
}

function chooseVector(space: Space, depends: readonly Dims[], lanes: number): number {
  const { sizes, rows, reductions } = space
  const ordered = reductions.some(r => r.op === 'argmax')
  let best = sizes.length - 1
  let least = Infinity
  for (let d = sizes.length - 1; d >= 0; d--) {
    // lanes of one row see ascending positions only along the last dimension
    if (ordered && d >= rows && d !== sizes.length - 1) continue
    const cost = costAcross(space, d, depends, lanes)
    if (cost < least * 0.95) {
      best = d
      least = cost
    }
  }
  return best
}

/** Values reached from `roots`, not looking behind those for which `stop` holds. */
function reached(body: readonly Instruction[], roots: Iterable<Value>, stop: (v: Value) => boolean): Set<Value> {
  const seen = new Set<Value>()
  const visit = (v: Value): void => {
    if (seen.has(v)) return
    seen.add(v)
    if (!stop(v)) for (const a of argumentsOf(body[v]!)) visit(a)
  }
  for (const v of roots) visit(v)
  return seen
}

/** Scratch memory for values kept between sweeps: they should stay in the second level cache. */
const keptLimit = 1 << 18
/** A value that costs less is computed again. */
const worthKeeping = 8

function planSweeps(space: Space, levels: readonly number[], depends: readonly Dims[], vector: number, lanes: number) {
  const { body, reductions, stores, sizes, rows } = space
  const swept = sweptDims(space)
  const varies = (v: Value): boolean => (depends[v]! & swept) !== 0
  const inSweep = (s: Store): boolean => varies(s.value) || s.access.strides.some((n, d) => d >= rows && n !== 0)
  const count = Math.max(0, ...levels) + 1
  const reductionsAt = (l: number): number[] => reductions.flatMap((r, i) => (levels[r.value] === l ? [i] : []))
  const storeLevels = new Map(stores.filter(inSweep).map(s => [s, levels[s.value]!]))
  const targets = (l: number): Value[] => [
    ...reductionsAt(l).map(r => reductions[r]!.value),
    ...[...storeLevels].flatMap(([s, level]) => (level === l ? [s.value] : [])),
  ]
  const isFixed = (v: Value): boolean => !varies(v)
  // what a later sweep reads again is overwritten no earlier
  for (let l = count - 1; l > 0; l--) {
    const read = new Set<number>()
    for (const v of reached(body, targets(l), isFixed)) {
      const i = body[v]!
      if (i.op === 'load') read.add(i.access.argument)
    }
    for (const [s, level] of storeLevels) if (level < l && read.has(s.access.argument)) storeLevels.set(s, l)
  }

  const costs: number[] = []
  // rows in pieces far apart may not stay in the first level cache
  const scattered = sizes.length - rows > 1
  body.forEach((i, v) => {
    const own = i.op === 'load' && scattered ? worthKeeping : costOf(i)
    costs.push(varies(v) ? argumentsOf(i).reduce((sum, a) => sum + costs[a]!, own) : 0)
  })
  const width = vector >= rows ? 1 : lanes
  const slots = Math.floor(keptLimit / (product(sizes.slice(rows)) * 4 * width * 4))
  const kept: Value[] = []
  const keeps: Value[][] = []
  const reads: Value[][] = []
  const computed = new Set<Value>()
  for (let l = 0; l < count; l++) {
    const use = (v: Value): boolean => {
      if (!varies(v) || !computed.has(v) || costs[v]! < worthKeeping) return false
      if (!kept.includes(v)) {
        if (kept.length >= slots) return false
        kept.push(v)
      }
      return true
    }
    const taken: Value[] = []
    const all = reached(body, targets(l), v => {
      if (isFixed(v)) return true
      if (!use(v)) return false
      taken.push(v)
      return true
    })
    reads.push(taken)
    keeps.push([])
    for (const v of all) if (varies(v) && !taken.includes(v)) computed.add(v)
  }
  // kept by the first sweep that computes it
  const placed = new Set<Value>()
  for (let l = 0; l < count; l++)
    for (const v of reached(body, targets(l), v => isFixed(v) || reads[l]!.includes(v)))
      if (kept.includes(v) && !placed.has(v) && !reads[l]!.includes(v)) {
        placed.add(v)
        keeps[l]!.push(v)
      }
  const sweeps: Sweep[] = keeps.map((values, l) => ({
    reductions: reductionsAt(l),
    stores: [...storeLevels].flatMap(([s, level]) => (level === l ? [s] : [])),
    keeps: values,
    reads: reads[l]!,
  }))
  return { sweeps, rowStores: stores.filter(s => !inSweep(s)), kept }
}

const spaceOf = ({ dims, ...kernel }: LoopKernel): Space => merge(arrange(simplifyMasks({ ...kernel, sizes: dims })))

/** The same kernel over the fewest dimensions. */
export function inFewestDims(kernel: LoopKernel): LoopKernel {
  const { sizes, rows, body, stores } = spaceOf(kernel)
  return { ...kernel, dims: sizes, rows, body, stores }
}

export function planLoop(kernel: LoopKernel, lanes: number): LoopPlan {
  let space = spaceOf(kernel)
  if (space.sizes.length === 0 || (space.rows === 0 && space.sizes.every(n => n === 0))) space = withUnitRow(space)
  const levels = valueLevels(space)
  const depends = dependencies(space)
  const vector = chooseVector(space, depends, lanes)
  let transposed = -1
  for (const i of space.body)
    if (i.op === 'load' && transposed < 0) transposed = contiguousElsewhere(space, i.access, vector)
  return { ...space, vector, transposed, levels, depends, ...planSweeps(space, levels, depends, vector, lanes) }
}

/** Strides of the position that argmax reports. */
export function positionStrides(plan: LoopPlan): number[] {
  const strides = plan.sizes.map(() => 0)
  let next = 1
  for (let d = plan.sizes.length - 1; d >= plan.rows; d--) {
    strides[d] = next
    next *= plan.sizes[d]!
  }
  return strides
}
