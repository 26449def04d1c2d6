/**
 * Rows (or columns, whichever are fewer) of length `gain` and at right angles: Q of the QR decomposition of a normal matrix.
 * Saxe et al. 2014; Q made unique by the signs of R's diagonal, as in PyTorch.
 */
import * as build from '../../graph/build.ts'
import type { HostValue } from '../../graph/node.ts'
import { mul } from '../../tensor/ops/elementwise.ts'
import { type DrawOptions, drawNormal, wrap } from '../tensors.ts'
import { fans, type Initialiser } from './fans.ts'

export interface OrthogonalOptions extends DrawOptions {
  readonly gain?: number
}

export const orthogonal =
  ({ gain = 1, ...options }: OrthogonalOptions = {}): Initialiser =>
  shape => {
    fans(shape) // at least two axes
    const draws = drawNormal(shape, 0, 1, options).node
    const q = build.host([draws], { name: 'orthogonal', shape, dtype: 'float32', run: orthogonalRows })
    return wrap(mul(q, gain))
  }

/** Modified Gram–Schmidt over rows (over columns when there are fewer of them), twice for accuracy. */
function orthogonalRows({ shape, data }: HostValue): Float32Array {
  const rows = shape[0]!
  const columns = data.length / rows
  const [vectors, length, vectorStep, elementStep] =
    rows <= columns ? [rows, columns, columns, 1] : [columns, rows, 1, columns]
  const q = Float64Array.from(data)
  const at = (vector: number, element: number): number => vector * vectorStep + element * elementStep
  for (let i = 0; i < vectors; i++) {
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < i; j++) {
        let projection = 0
        for (let e = 0; e < length; e++) projection += q[at(i, e)]! * q[at(j, e)]!
        for (let e = 0; e < length; e++) q[at(i, e)]! -= projection * q[at(j, e)]!
      }
    let square = 0
    for (let e = 0; e < length; e++) square += q[at(i, e)]! ** 2
    const scale = 1 / Math.sqrt(square)
    for (let e = 0; e < length; e++) q[at(i, e)]! *= scale
  }
  return Float32Array.from(q)
}
