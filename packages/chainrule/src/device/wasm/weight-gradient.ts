/**
 * Weight gradients of convolutions: dw[o, c, tap] = Σ over images and positions of g[o, position] · x[c, position + tap].
 * The reduction runs along output columns, four at a time; x is a padded copy of one image (or the image itself), and a table
 * says where each (channel, tap) begins in it. Images are added up in the result, one after the other.
 */

import { type Dim, normalize, sizeOf, withRole } from '../../compile/contraction.ts'
import { planGradient } from '../../compile/gradient-plan.ts'
import type { ContractKernel, Epilogue } from '../../compile/kernel.ts'
import { range } from '../../graph/shape.ts'
import { bump, type Code, call, get, i32, memory, set } from './assembler.ts'
import { balanced } from './blocked-product.ts'
import { dotProduct, dotTile, dotWalk } from './dot-product.ts'
import { type EmittedKernel, type Emitter, kernelFunction } from './emitter.ts'
import { levelOf, startPointers } from './pointers.ts'
import { offsetTable, sourceOf } from './source.ts'
import { nest } from './walk.ts'

/** For kernels of which `storesRowMajor` holds. */
export function emitGradient(e: Emitter, kernel: ContractKernel): EmittedKernel {
  const c = normalize(kernel)
  const plan = planGradient(c, 4)
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
  const index = kernelFunction(e, kernel, (f, { buffers, scratch, constants }) => {
    const [a, b, out, image, entry] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()] as const
    const pointers = [a, b, out]
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
        const begins: Code[] = range(tileColumns.size).map(j => i32.add(get(image), i32.load(get(entry), j * 4)))
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
      startPointers(c, buffers, a, b, [out]) +
      source.clear(scratch) +
      nest(
        f,
        pointers,
        withRole(c, 'batch').map(levelOf),
        zero + nest(f, pointers, images.map(levelOf), load + nest(f, pointers, otherM.map(levelOf), down)),
      )
    )
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
