/**
 * Weight gradients of convolutions: dw[o, c, tap] = Σ over images and positions of g[o, position] · x[c, position + tap].
 * The reduction runs along output columns, four at a time; x is a padded copy of one image (or the image itself), and a table
 * says where each (channel, tap) begins in it. Images are added up in the result, one after the other.
 */

import {
  type Contraction,
  type Dim,
  largest,
  normalize,
  sizeOf,
  unitDim,
  type WindowAxis,
  withRole,
} from '../../compile/contraction.ts'
import type { ContractKernel, Epilogue } from '../../compile/kernel.ts'
import { bump, type Code, call, get, I32, i32, memory, set } from './assembler.ts'
import { balanced } from './blocked-product.ts'
import { dotProduct, dotTile, dotWalk } from './dot-product.ts'
import type { EmittedKernel, Emitter } from './emitter.ts'
import { levelOf, startPointers } from './pointers.ts'
import { offsetTable, sourceOf } from './source.ts'
import { nest } from './walk.ts'

export interface GradientPlan {
  readonly c: Contraction
  readonly m: Dim
  readonly otherM: readonly Dim[]
  /** The loop of the reduction along which a is contiguous, and the axis of b along which it moves. */
  readonly columns: Dim
  readonly columnAxis: WindowAxis
  readonly columnStep: number
  /** Other positions. */
  readonly rows: readonly { readonly dim: Dim; readonly axis: WindowAxis; readonly step: number }[]
  /** Loops of the reduction that are no positions. */
  readonly images: readonly Dim[]
  /** Faster than the general way, which copies x and g so that columns of any width do. */
  readonly worthwhile: boolean
}

export function planGradient(c: Contraction): GradientPlan | undefined {
  const terms = c.windows.flatMap(axis => axis.terms.map(t => ({ ...t, axis })))
  if (terms.some(t => t.dim.role !== 'n' && t.dim.role !== 'k')) return undefined
  if (new Set(terms.map(t => t.dim)).size !== terms.length) return undefined
  const positions = terms.filter(t => t.dim.role === 'k')
  const own = positions.find(t => t.dim.a === 1 && t.step > 0)
  if (!own) return undefined
  if (c.windows.some(w => w.terms.filter(t => t.dim.role === 'k').length > 1)) return undefined
  const ms = withRole(c, 'm')
  const m = largest(ms) ?? unitDim(c, 'm')
  const width = own.dim.size
  const tap = own.axis.terms.find(t => t.dim.role === 'n')?.dim.size ?? 1
  const lanesUsed = width / (Math.ceil(width / 4) * 4)
  // gathering costs about as much as 12 rows of m
  const general = sizeOf(ms) / (sizeOf(ms) + 12)
  return {
    worthwhile: width >= 4 && width > tap && 0.9 * lanesUsed > general,
    c,
    m,
    otherM: ms.filter(d => d !== m),
    columns: own.dim,
    columnAxis: own.axis,
    columnStep: own.step,
    rows: positions.filter(t => t !== own),
    images: withRole(c, 'k').filter(d => !positions.some(t => t.dim === d)),
  }
}

/** Whether the result itself goes to memory, with all n side by side: then images can be added up there. */
export function storesRowMajor(kernel: ContractKernel): boolean {
  const { body, stores } = kernel.epilogue
  if (body.length !== 1 || body[0]!.op !== 'result' || stores.length !== 1) return false
  let size = 1
  for (const dim of withRole(normalize(kernel), 'n').toReversed()) {
    if (dim.sites[0] !== size) return false
    size *= dim.size
  }
  return true
}

/** For kernels of which `storesRowMajor` holds. */
export function emitGradient(e: Emitter, kernel: ContractKernel): EmittedKernel {
  const c = normalize(kernel)
  const plan = planGradient(c)
  if (!plan) throw new Error(`internal: ${kernel.name} is no weight gradient`)
  const { m, otherM, columns, columnAxis, columnStep, rows, images } = plan
  const ns = withRole(c, 'n')
  const nSize = sizeOf(ns)
  const inPlace = columnStep === 1 && columnAxis.stride === 1 && c.windows.every(w => !w.leaves)
  const source = sourceOf(e, inPlace, ns, c.windows, { axis: columnAxis, step: columnStep })
  const table = e.constants(offsetTable(ns, source.element))
  const walk = dotWalk(
    e,
    rows.map(({ dim }) => ({ count: dim.size, a: dim.a * 4, b: source.element(dim)(1) * 4 })),
    columns.size,
  )
  const tile = dotTile(e, m.size)
  const repeated = sizeOf(images) > 1
  const epilogue = repeated ? accumulating(kernel) : kernel.epilogue
  const index = e.module.function({
    params: new Array(kernel.buffers.length + 2).fill(I32),
    build: (f, ...parameters) => {
      const [a, b, out, image, entry] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()] as const
      const pointers = [a, b, out]
      const scratch = parameters[kernel.buffers.length]!
      const constants = parameters[kernel.buffers.length + 1]!
      const rowBytes = m.sites[0]! * 4

      let down = ''
      for (const tileRows of balanced(m.size, tile.rows)) {
        let across = set(entry, i32.add(get(constants), i32.const(table)))
        for (const tileColumns of balanced(nSize, tile.columns)) {
          const micro = dotProduct(
            e,
            {
              rows: tileRows.size,
              columns: tileColumns.size,
              aRow: m.a * 4,
              bColumn: 'pointers',
              walk,
              sites: epilogue.body.length > 1 ? [site(m), site(m)] : [site(m)],
              dtype: kernel.dtype,
            },
            epilogue,
          )
          const begins: Code[] = Array.from({ length: tileColumns.size }, (_, j) =>
            i32.add(get(image), i32.load(get(entry), j * 4)),
          )
          across += f.times(
            tileColumns.count,
            call(micro, get(a), ...begins, ...(repeated ? [get(out), get(out)] : [get(out)])) +
              bump(entry, tileColumns.size * 4) +
              bump(out, tileColumns.size * 4),
          )
        }
        down += f.times(
          tileRows.count,
          across + bump(out, tileRows.size * rowBytes - nSize * 4) + bump(a, tileRows.size * m.a * 4),
        )
      }
      down += bump(out, -m.size * rowBytes) + bump(a, -m.size * m.a * 4)

      const load = source.load(image, b, scratch)
      const zero = repeated
        ? nest(f, pointers, [...otherM, m].map(levelOf), memory.fill(get(out), i32.const(0), i32.const(nSize * 4)))
        : ''
      return (
        startPointers(c, parameters, a, b, [out]) +
        source.clear(scratch) +
        nest(
          f,
          pointers,
          withRole(c, 'batch').map(levelOf),
          zero + nest(f, pointers, images.map(levelOf), load + nest(f, pointers, otherM.map(levelOf), down)),
        )
      )
    },
  })
  return { index, scratchBytes: source.bytes, notes: [] }
}

const site = (m: Dim): { row: number; column: number } => ({ row: m.sites[0]!, column: 1 })

/** out += result */
function accumulating(kernel: ContractKernel): Epilogue {
  const { dtype } = kernel
  const { access } = kernel.epilogue.stores[0]!
  return {
    body: [
      { op: 'load', access, dtype },
      { op: 'result', dtype },
      { op: 'scalar', name: 'add', args: [0, 1], dtype },
    ],
    stores: [{ value: 2, access }],
  }
}
