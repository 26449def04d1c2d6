/**
 * Elementwise work on the result of a pooling kernel: a map over a few planes at a time, while they are in the cache.
 */

import { contiguousStrides } from '../graph/shape.ts'
import type { Epilogue, LoopKernel, WindowKernel } from './kernel.ts'

/** Sizes of a plane of the result. */
export const outputAxes = ({ op, size, positions }: WindowKernel): readonly number[] =>
  op === 'scatter' ? size : positions

/** The argument that raw results may be written to directly, if all that is done is storing them in order. */
export function plainStore(kernel: WindowKernel): number | undefined {
  const { body, stores } = kernel.epilogue
  const [store] = stores
  if (stores.length !== 1 || body[store!.value]!.op !== 'result' || store!.access.mask || store!.access.offset !== 0)
    return undefined
  const sizes = [kernel.rows, ...outputAxes(kernel)]
  const wanted = contiguousStrides(sizes)
  return sizes.every((n, d) => n === 1 || store!.access.strides[d] === wanted[d]) ? store!.access.argument : undefined
}

/** Whether the epilogue does the same for each plane, seen from its first element. */
export const sameForPlanes = ({ body, stores }: Epilogue): boolean =>
  stores.every(s => !s.access.mask?.some(m => m.dim === 0)) &&
  body.every(i =>
    i.op === 'load' ? !i.access.mask?.some(m => m.dim === 0) : i.op === 'index' ? i.strides[0] === 0 : true,
  )

/** A pointer of the map: a kernel argument that moves by `step` elements from plane to plane. */
export interface Stream {
  readonly argument: number
  readonly step: number
}

/** The epilogue of `planes` planes as a map; its argument 0 is the raw result, the others are the streams in order. */
export function epilogueMap(kernel: WindowKernel, planes: number): { loop: LoopKernel; streams: readonly Stream[] } {
  const dims = [planes, ...outputAxes(kernel)]
  const streams: Stream[] = []
  const moved = <A extends { readonly argument: number; readonly strides: readonly number[] }>(access: A): A => {
    const { argument, strides } = access
    const step = strides[0]!
    const known = streams.findIndex(s => s.argument === argument && s.step === step)
    return { ...access, argument: 1 + (known >= 0 ? known : streams.push({ argument, step }) - 1) }
  }
  const raw = { argument: 0, offset: 0, strides: contiguousStrides(dims) }
  const body = kernel.epilogue.body.map(i => {
    if (i.op === 'result') return { op: 'load', access: raw, dtype: i.dtype } as const
    return i.op === 'load' ? { ...i, access: moved(i.access) } : i
  })
  const stores = kernel.epilogue.stores.map(s => ({ ...s, access: moved(s.access) }))
  // streams of one argument keep its buffer: what is in place stays recognisable
  const buffers = [-1, ...streams.map(s => kernel.buffers[s.argument]!)]
  const loop: LoopKernel = {
    kind: 'loop',
    name: kernel.name,
    buffers,
    dims,
    rows: dims.length,
    body,
    reductions: [],
    stores,
  }
  return { loop, streams }
}
