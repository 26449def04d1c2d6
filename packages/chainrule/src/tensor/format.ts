/** Tensors as text: element type, shape and scope; the values when they are known, long ones summarised. After NumPy's manner. */
import type { DType, TypedArray } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import { contiguousStrides, numel, type Shape, show } from '../graph/shape.ts'
import { valuesIfKnown } from './runtime.ts'

/** More elements than this are summarised. */
const FULL = 200
/** Elements shown at each end of a summarised axis. */
const EDGE = 3

const names = { bool: 'BoolTensor', int32: 'IntTensor', float32: 'Tensor', float64: 'Float64Tensor' } as const

/** `Tensor [2, 3] float32 in conv1` and the values, or how the tensor will be computed. */
export function describe(node: Node, name: string = names[node.dtype]): string {
  const scope = node.scope === '' ? '' : ` in ${node.scope}`
  const head = `${name} ${show(node.shape)} ${node.dtype}${scope}`
  const values = valuesIfKnown(node)
  if (values)
    return node.shape.length === 0
      ? `${head} ${texts(values, node.dtype, [0])[0]}`
      : `${head}\n${formatValues(values, node.shape, node.dtype)}`
  const state = node.primitive === 'source' ? 'on the device' : `not computed yet: ${node.primitive}`
  return `${head} (${state})`
}

/** Rows in brackets, numbers aligned. */
export function formatValues(values: TypedArray, shape: Shape, dtype: DType): string {
  if (numel(shape) === 0) return '[]'
  const short = numel(shape) > FULL
  const shown = shape.map(n =>
    short && n > 2 * EDGE ? [0, 1, 2, -1, n - 3, n - 2, n - 1] : Array.from({ length: n }, (_, i) => i),
  )
  const strides = contiguousStrides(shape)
  const positions: number[] = []
  const collect = (axis: number, offset: number): void => {
    if (axis === shape.length) positions.push(offset)
    else for (const i of shown[axis]!) if (i >= 0) collect(axis + 1, offset + i * strides[axis]!)
  }
  collect(0, 0)
  const cells = texts(values, dtype, positions)
  const width = Math.max(...cells.map(c => c.length))
  let next = 0
  const row = (axis: number): string => {
    if (axis === shape.length) return cells[next++]!.padStart(width)
    const items = shown[axis]!.map(i => (i < 0 ? '…' : row(axis + 1)))
    if (axis === shape.length - 1) return `[${items.join(', ')}]`
    return `[${items.join(`,${'\n'.repeat(shape.length - 1 - axis)}${' '.repeat(axis + 1)}`)}]`
  }
  return row(0)
}

/** Numbers with four decimals where that shows them, otherwise with an exponent. */
function texts(values: TypedArray, dtype: DType, positions: readonly number[]): string[] {
  const picked = positions.map(p => values[p]!)
  if (dtype === 'bool') return picked.map(v => (v ? 'true' : 'false'))
  const finite = picked.filter(Number.isFinite)
  if (finite.every(Number.isInteger) && finite.every(v => Math.abs(v) < 1e9))
    return picked.map(v => (Object.is(v, -0) ? '-0' : String(v)))
  const sizes = finite.filter(v => v !== 0).map(Math.abs)
  const plain = Math.max(...sizes) < 1e5 && Math.min(...sizes) >= 1e-4
  return picked.map(v => (Number.isFinite(v) ? (plain ? v.toFixed(4) : v.toExponential(4)) : String(v)))
}
