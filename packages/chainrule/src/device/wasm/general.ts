/**
 * Contractions of any structure: all loops of m, of n and of k are laid end to end, tables say where each index is in memory,
 * and panels are gathered through them. Used where nothing else fits: outputs narrower than a vector, unusual windows.
 */

import { type Dim, normalize, sizeOf, withRole } from '../../compile/contraction.ts'
import type { ContractKernel } from '../../compile/kernel.ts'
import { call, get, i32, set } from './assembler.ts'
import { type BlockedProduct, balanced, blockedProduct, blockOfK, tileFor } from './blocked-product.ts'
import { type EmittedKernel, type Emitter, kernelFunction, tilesOf } from './emitter.ts'
import { packGathered } from './packing.ts'
import { levelOf, startPointers } from './pointers.ts'
import { offsetTable, sourceOf } from './source.ts'
import { loopWalk, nest } from './walk.ts'

/** For kernels whose one store is row-major over batch, m, n. */
export function emitGeneral(e: Emitter, kernel: ContractKernel): EmittedKernel {
  const c = normalize(kernel)
  const [batch, m, n, k] = (['batch', 'm', 'n', 'k'] as const).map(role => withRole(c, role)) as [
    Dim[],
    Dim[],
    Dim[],
    Dim[],
  ]
  const [mSize, nSize, kSize] = [m, n, k].map(sizeOf) as [number, number, number]
  const columns = c.windows.at(-1)
  const source = sourceOf(
    e,
    c.windows.every(w => !w.leaves),
    [...n, ...k],
    c.windows,
    columns && { axis: columns, step: 1 },
  )
  const ofA = (dim: Dim) => (i: number) => i * dim.a
  const tables = {
    m: e.constants(offsetTable(m, ofA)),
    n: e.constants(offsetTable(n, source.element)),
    kOfA: e.constants(offsetTable(k, ofA)),
    kOfB: e.constants(offsetTable(k, source.element)),
  }
  const tile = tileFor(e, mSize)
  const { unroll } = tilesOf(e.target)
  let scratchBytes = 0
  const index = kernelFunction(e, kernel, (f, { buffers, scratch, constants }) => {
    const [a, b, from, rows, columns, kOfA, kOfB, free] = [0, 0, 0, 0, 0, 0, 0, 0].map(() => f.i32()) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const sites = c.sites.map(() => f.i32())
    const start = (pointer: number, offset: number) => set(pointer, i32.add(get(constants), i32.const(offset)))
    const reduction = balanced(kSize, blockOfK).map(({ count, size }): BlockedProduct['reduction'][number] => ({
      size,
      blocks: [{ count, steps: [size * 4, size * 4] }],
      advance: [count * size * 4, count * size * 4],
      packA: (n, to) => call(packGathered(e, n, n), to, get(a), get(rows), get(kOfA), i32.const(size)),
      packB: (n, to) =>
        call(packGathered(e, n, Math.ceil(n / 4) * 4), to, get(b), get(columns), get(kOfB), i32.const(size)),
      walk: (rows, vectors) => loopWalk([{ count: size, a: rows * 4, b: vectors * 16 }], unroll),
    }))
    const product = blockedProduct(
      e,
      f,
      {
        m: mSize,
        n: nSize,
        tile,
        a: { cursor: rows, step: 4, packed: true },
        b: { cursor: columns, step: 4, packed: true },
        sites: sites.map(pointer => ({ pointer, row: nSize * 4, column: 4 })),
        reduction,
        kPointers: [kOfA, kOfB],
        again: [],
        epilogue: kernel.epilogue,
        dtype: kernel.dtype,
      },
      free,
    )
    scratchBytes = source.bytes + product.scratchBytes
    const once = start(rows, tables.m) + start(columns, tables.n) + start(kOfA, tables.kOfA) + start(kOfB, tables.kOfB)
    return (
      startPointers(c, buffers, a, from, sites) +
      set(free, i32.add(get(scratch), i32.const(source.bytes))) +
      source.clear(scratch) +
      once +
      nest(f, [a, from, ...sites], batch.map(levelOf), source.load(b, from, scratch) + product.code)
    )
  })
  return { index, scratchBytes, notes: [`${kernel.name}: operands are gathered element by element`] }
}
