/**
 * Where in a node's index space a kernel looks. A place gives one coordinate per axis of the node, each an affine function of
 * the kernel's iteration indices. Movement primitives never run: they transform places.
 */
import type { Node } from '../graph/node.ts'
import { contiguousStrides, type Shape } from '../graph/shape.ts'
import type { Access, Argument } from './kernel.ts'

export interface Term {
  readonly dim: number
  readonly step: number
}
/** start + Σ step · index[dim] */
export interface Coordinate {
  readonly start: number
  readonly terms: readonly Term[]
}
/** lo ≤ index[dim] < hi, outside of which the value is 0. */
export interface Bound {
  readonly dim: number
  readonly lo: number
  readonly hi: number
}

export class Place {
  readonly coordinates: readonly Coordinate[]
  readonly bounds: readonly Bound[]
  #key: string | undefined
  constructor(coordinates: readonly Coordinate[], bounds: readonly Bound[] = []) {
    this.coordinates = coordinates
    this.bounds = bounds
  }
  /** Equal for equal places. */
  get key(): string {
    this.#key ??=
      this.coordinates.map(c => `${c.start}${c.terms.map(t => `+${t.step}i${t.dim}`).join('')}`).join() +
      this.bounds.map(b => `|${b.dim}:${b.lo}-${b.hi}`).join('')
    return this.#key
  }
}

export const samePlace = (p: Place, q: Place): boolean =>
  p === q ||
  (p.bounds.length === 0 && q.bounds.length === 0
    ? p.coordinates.length === q.coordinates.length &&
      p.coordinates.every((c, i) => {
        const d = q.coordinates[i]!
        return (
          c.start === d.start &&
          c.terms.length === d.terms.length &&
          c.terms.every((t, j) => t.dim === d.terms[j]!.dim && t.step === d.terms[j]!.step)
        )
      })
    : p.key === q.key)

const still: Coordinate = { start: 0, terms: [] }
export const along = (dim: number, step = 1, start = 0): Coordinate => ({ start, terms: [{ dim, step }] })

/** Axis i of the node is iteration dimension i; axes of size 1 stand still. */
export const identityPlace = (shape: Shape): Place => new Place(shape.map((n, i) => (n === 1 ? still : along(i))))

/** The axes of size > 1 are, in order, the given iteration dimensions. */
export function placeOver(shape: Shape, dims: readonly number[]): Place {
  let next = 0
  return new Place(shape.map(n => (n === 1 ? still : along(dims[next++]!))))
}

function combine(parts: readonly { coordinate: Coordinate; factor: number }[]): Coordinate {
  let start = 0
  const steps = new Map<number, number>()
  for (const { coordinate, factor } of parts) {
    start += coordinate.start * factor
    for (const { dim, step } of coordinate.terms) steps.set(dim, (steps.get(dim) ?? 0) + step * factor)
  }
  return { start, terms: [...steps].filter(([, step]) => step !== 0).map(([dim, step]) => ({ dim, step })) }
}

/** One coordinate over Π sizes → one per size, or undefined when that is not affine. */
function decompose(whole: Coordinate, sizes: Shape, dims: Shape): Coordinate[] | undefined {
  const strides = contiguousStrides(sizes)
  const starts: number[] = []
  let rest = whole.start
  for (const [d, stride] of strides.entries()) {
    const start = d === 0 ? Math.floor(rest / stride) : Math.floor(rest / stride) % sizes[d]!
    starts.push(start)
    rest -= start * stride
  }
  const terms: Term[][] = sizes.map(() => [])
  for (const { dim, step } of whole.terms) {
    if (dims[dim] === 1) continue
    const d = strides.findIndex((stride, i) => sizes[i]! > 1 && step % stride === 0 && Math.abs(step) >= stride)
    if (d < 0) return undefined
    terms[d]!.push({ dim, step: step / strides[d]! })
  }
  for (const [d, size] of sizes.entries()) {
    let low = starts[d]!
    let high = starts[d]!
    for (const { dim, step } of terms[d]!) {
      const reach = step * (dims[dim]! - 1)
      if (reach < 0) low += reach
      else high += reach
    }
    if (low < 0 || high >= size) return undefined
  }
  return sizes.map((_, d) => ({ start: starts[d]!, terms: terms[d]! }))
}

function throughReshape(from: Shape, to: Shape, place: Place, dims: Shape): Place | undefined {
  const coordinates: Coordinate[] = new Array(from.length).fill(still)
  let i = 0
  let o = 0
  while (i < from.length || o < to.length) {
    // the shortest runs of axes with equal products
    const inner: number[] = []
    const outer: number[] = []
    let a = 1
    let b = 1
    const takeInner = (): void => {
      a *= from[i]!
      inner.push(i++)
    }
    const takeOuter = (): void => {
      b *= to[o]!
      outer.push(o++)
    }
    if (i < from.length) takeInner()
    if (o < to.length) takeOuter()
    while (a !== b) a < b ? takeInner() : takeOuter()
    const outerStrides = contiguousStrides(outer.map(k => to[k]!))
    const whole = combine(outer.map((k, j) => ({ coordinate: place.coordinates[k]!, factor: outerStrides[j]! })))
    const real = inner.filter(k => from[k] !== 1)
    if (real.length === 1) coordinates[real[0]!] = whole
    else if (real.length > 1) {
      const parts = decompose(
        whole,
        real.map(k => from[k]!),
        dims,
      )
      if (!parts) return undefined
      real.forEach((k, j) => {
        coordinates[k] = parts[j]!
      })
    }
  }
  return new Place(coordinates, place.bounds)
}

function throughPad(node: Node & { primitive: 'pad' }, place: Place, dims: Shape): Place | undefined {
  const bounds = [...place.bounds]
  const size = node.inputs[0]!.shape
  const coordinates: Coordinate[] = []
  for (const [axis, { start, terms }] of place.coordinates.entries()) {
    const [low, high] = node.attributes.padding[axis]!
    const from = start - low
    coordinates.push({ start: from, terms })
    if (low === 0 && high === 0) continue
    const n = size[axis]!
    if (terms.length === 0) {
      if (from < 0 || from >= n) return undefined
      continue
    }
    if (terms.length > 1) return undefined
    const { dim, step } = terms[0]!
    // 0 ≤ from + step·i < n
    const [lo, hi] =
      step > 0
        ? [Math.ceil(-from / step), Math.floor((n - 1 - from) / step) + 1]
        : [Math.ceil((n - 1 - from) / step), Math.floor(-from / step) + 1]
    if (lo > 0 || hi < dims[dim]!) bounds.push({ dim, lo: Math.max(lo, 0), hi: Math.min(hi, dims[dim]!) })
  }
  return new Place(coordinates, bounds)
}

/** Primitives that only say where their input is. */
export const isMovement = (node: Node): boolean => movement.has(node.primitive)
const movement: ReadonlySet<string> = new Set([
  'reshape',
  'permute',
  'expand',
  'pad',
  'slice',
  'flip',
  'stopGradient',
  'custom',
])

/** The place in the input of a movement node that corresponds to a place in its output; undefined when it is not affine. */
export function throughMovement(node: Node, place: Place, dims: Shape): Place | undefined {
  const { coordinates, bounds } = place
  switch (node.primitive) {
    case 'stopGradient':
    case 'custom':
      return place
    case 'reshape':
      return throughReshape(node.inputs[0]!.shape, node.shape, place, dims)
    case 'permute': {
      const moved = new Array<Coordinate>(coordinates.length)
      node.attributes.axes.forEach((axis, i) => {
        moved[axis] = coordinates[i]!
      })
      return new Place(moved, bounds)
    }
    case 'expand':
      return new Place(
        coordinates.map((c, i) => (node.inputs[0]!.shape[i] === 1 ? still : c)),
        bounds,
      )
    case 'slice':
      return new Place(
        coordinates.map((c, i) =>
          combine([
            { coordinate: c, factor: node.attributes.step[i]! },
            { coordinate: { start: node.attributes.start[i]!, terms: [] }, factor: 1 },
          ]),
        ),
        bounds,
      )
    case 'flip':
      return new Place(
        coordinates.map((c, i) =>
          node.attributes.axes.includes(i)
            ? combine([
                { coordinate: c, factor: -1 },
                { coordinate: { start: node.shape[i]! - 1, terms: [] }, factor: 1 },
              ])
            : c,
        ),
        bounds,
      )
    case 'pad':
      return throughPad(node, place, dims)
    default:
      throw new Error(`internal: ${node.primitive} is no movement`)
  }
}

/** Row-major element number of a place, as offset and one stride per iteration dimension. */
export function linear(shape: Shape, place: Place, rank: number): { offset: number; strides: number[] } {
  const steps = contiguousStrides(shape)
  const strides = new Array<number>(rank).fill(0)
  let offset = 0
  place.coordinates.forEach((c, axis) => {
    offset += c.start * steps[axis]!
    for (const { dim, step } of c.terms) strides[dim]! += step * steps[axis]!
  })
  return { offset, strides }
}

/** The access of a place in a contiguous buffer of `shape`. */
export function accessOf(argument: Argument, shape: Shape, place: Place, rank: number): Access {
  const { offset, strides } = linear(shape, place, rank)
  return place.bounds.length > 0 ? { argument, offset, strides, mask: place.bounds } : { argument, offset, strides }
}
