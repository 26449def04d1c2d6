/**
 * Rows shorter than a vector: lanes go on from one row to the next. In a map, such as a gradient of 3×3 taps of which one is not 0,
 * everything repeats after as many rows as fill whole vectors, so that it is known beforehand which element each lane reads, and a
 * vector is one load and a shuffle. In reductions, such as statistics of maps of 2×2, each lane of a row holds its row's results.
 */
import type { Access } from '../../compile/kernel.ts'
import { type LoopPlan, product } from '../../compile/loop-plan.ts'
import { gcd } from '../../compile/padded-layout.ts'
import { contiguousStrides, range } from '../../graph/shape.ts'
import { storeLanes } from './epilogue.ts'
import { type Code, intLiteral, type Lines } from './lines.ts'
import { LoopPlace, type Window } from './place.ts'
import type { Printer } from './printer.ts'

/** Vectors until everything repeats. */
const mostVectors = 16
/** Lanes of a vector along the innermost dimension that is otherwise used that make it worth while. */
const wellUsed = 0.75

export interface NarrowPlan {
  /** The dimension of the rows. */
  readonly row: number
  /** Those of the elements of a row. */
  readonly inner: readonly number[]
  /** Of a row. */
  readonly elements: number
  /** Rows until everything repeats. */
  readonly rows: number
}

const accessesOf = ({ body, stores }: LoopPlan): Access[] => [
  ...body.flatMap(i => (i.op === 'load' ? [i.access] : [])),
  ...stores.map(s => s.access),
]

/** How lanes may go on through short rows, if that is better. */
export const planNarrow = (plan: LoopPlan, lanes: number): NarrowPlan | undefined =>
  plan.rows === plan.sizes.length && plan.reductions.length === 0 ? planMap(plan, lanes) : planReductions(plan, lanes)

function planMap(plan: LoopPlan, lanes: number): NarrowPlan | undefined {
  const { sizes, vector, stores } = plan
  const last = sizes.length - 1
  if (vector === last && sizes[last]! / (lanes * Math.ceil(sizes[last]! / lanes)) >= wellUsed) return undefined
  for (let row = last - 1; row >= 0; row--) {
    const inner = range(sizes.length).slice(row + 1)
    const elements = product(inner.map(d => sizes[d]!))
    const rows = lanes / gcd(elements, lanes)
    if (rows * elements > mostVectors * lanes) return undefined
    const wanted = contiguousStrides(sizes.slice(row))
    const follows = stores.every(({ access }) => wanted.every((s, i) => access.strides[row + i] === s))
    const isPlain = accessesOf(plan).every(a => !a.mask?.some(m => m.dim === row))
    if (follows && isPlain && sizes[row]! >= rows) return { row, inner, elements, rows }
  }
  return undefined
}

/** The last swept dimension is a part of a vector, in which rows are neighbours. */
function planReductions(plan: LoopPlan, lanes: number): NarrowPlan | undefined {
  const { sizes, rows, reductions } = plan
  const last = sizes.length - 1
  const elements = sizes[last]!
  if (last < rows || last < 2 || lanes % elements !== 0 || reductions.some(r => r.op === 'argmax')) return undefined
  const accesses = accessesOf(plan)
  const isPlain = accesses.every(a => !a.mask?.some(m => m.dim === last))
  const row = range(rows).find(
    d =>
      sizes[d]! * elements >= lanes &&
      accesses.every(a => {
        const [along, within] = [a.strides[d]!, a.strides[last]!]
        return !a.mask?.some(m => m.dim === d) && (within === 0 || (within === 1 && along === elements))
      }),
  )
  return row === undefined || !isPlain ? undefined : { row, inner: [last], elements, rows: lanes / elements }
}

export class NarrowPlace extends LoopPlace {
  /** The row dimension and the inner ones. */
  readonly #dims: readonly number[]

  constructor(printer: Printer, lines: Lines, plan: LoopPlan, { row, inner, elements }: NarrowPlan) {
    super(printer, lines, { ...plan, vector: row, transposed: -1 }, inner, elements)
    this.#dims = [row, ...inner]
  }

  /** For each lane its index along the row dimension and the inner ones, from where the loop variables are. */
  #indices({ first, lanes }: Window): number[][] {
    const [, ...inner] = this.#dims.map(d => this.plan.sizes[d]!)
    const [by, ...rest] = contiguousStrides([1, ...inner])
    return range(lanes).map(l => [
      Math.floor((first + l) / by!),
      ...inner.map((n, d) => Math.floor((first + l) / rest[d]!) % n),
    ])
  }
  #offset(strides: readonly number[], index: readonly number[]): number {
    return index.reduce((sum, i, d) => sum + i * strides[this.#dims[d]!]!, 0)
  }

  override index(offset: number, strides: readonly number[], window: Window): Code {
    const outside = strides.map((s, d) => (this.#dims.includes(d) ? 0 : s))
    const [row] = this.#dims as [number]
    const start = super.index(offset, outside, { first: 0, lanes: window.lanes })
    const lanes = this.#indices(window).map(index => intLiteral(this.#offset(strides, index)))
    return `${start} + isplat((int)(${strides[row]}L * i${row})) + (I){${lanes}}`
  }

  override load(access: Access, window: Window, isFloat: boolean): Code {
    const { lanes } = this
    const [vector, element, ld] = isFloat ? ['V', 'F', 'ld'] : ['I', 'N', 'ldi']
    const isIn = (index: readonly number[]): boolean =>
      (access.mask ?? []).every(({ dim, lo, hi }) => {
        const i = index[this.#dims.indexOf(dim)]
        return i === undefined || (i >= lo && i < hi)
      })
    const offsets = this.#indices(window).map(index => (isIn(index) ? this.#offset(access.strides, index) : undefined))
    const some = offsets.filter(o => o !== undefined)
    const conditions = (access.mask ?? []).flatMap(({ dim, lo, hi }) =>
      !this.#dims.includes(dim) ? [`i${dim} >= ${lo} && i${dim} < ${hi}`] : [],
    )
    const code = (): Code => {
      if (some.length === 0) return `(${vector}){}`
      const low = Math.min(...some)
      const pointer = (o: number): Code => `${this.pointer(access, { first: 0, lanes })} + ${4 * o}L`
      const high = Math.max(...some)
      if (high === low && some.length === offsets.length)
        return `${isFloat ? 'splat' : 'isplat'}(${element}(${pointer(low)}))`
      if (high - low >= lanes) {
        const read = offsets.map(o => (o === undefined ? '0' : `${element}(${pointer(o)})`))
        return `(${vector}){${read}}`
      }
      const places = range(lanes).map(l => (offsets[l] ?? low) - low)
      const all = `${ld}(${pointer(low)})`
      const turned = places.every((p, l) => p === l || offsets[l] === undefined)
        ? all
        : `shuffled(${all}, (${vector}){}, ${places})`
      if (offsets.every(o => o !== undefined)) return turned
      const mask = range(lanes).map(l => (offsets[l] === undefined ? 0 : -1))
      return `(${vector})((I)${turned} & (I){${mask}})`
    }
    return conditions.length === 0 ? code() : `(${conditions.join(' && ')}) ? ${code()} : (${vector}){}`
  }

  override store(access: Access, value: Code, { first, lanes }: Window, isFloat: boolean): void {
    const { elements, vector } = this
    const pointer = (offset: number): Code => `${this.pointer(access, { first: 0, lanes })} + ${4 * offset}L`
    const isOfRow = elements > 1 && this.#dims.slice(1).every(d => access.strides[d] === 0)
    if (!isOfRow) {
      this.lines.emit(storeLanes(pointer(first), value, 1, lanes, this.lanes, isFloat))
      return
    }
    // the lanes of a row are equal
    for (let l = 0; l < lanes; l += elements) {
      const to = pointer(((first + l) / elements) * access.strides[vector]!)
      this.lines.emit(`${isFloat ? 'F' : 'N'}(${to}) = ${value}[${l}];`)
    }
  }
}
