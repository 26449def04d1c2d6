/** Gathering, scattering and sorting, by their definitions. */
import { IndexError } from '../../errors.ts'
import { contiguousStrides } from '../../graph/shape.ts'
import { allocate, eachIndex, fillByIndex, positionIn, type References } from './values.ts'

function checked(operation: string, index: number, size: number): number {
  if (index < 0 || index >= size) throw new IndexError(operation, index, size)
  return index
}

export const indexing: References<'gather' | 'scatterAdd' | 'argsort'> = {
  // y[…, j…, …] = x[…, indices[j…], …]
  gather: (y, x, indices) => {
    const { axis } = y.attributes
    const [{ shape }, { shape: count }] = y.inputs as [(typeof y.inputs)[0], (typeof y.inputs)[0]]
    const [at, entry] = [positionIn(shape), positionIn(count)]
    return fillByIndex(y, index => {
      const j = indices[entry(index.slice(axis, axis + count.length))]!
      return x[at(index.toSpliced(axis, count.length, checked('gather', j, shape[axis]!)))]!
    })
  },
  // y[…, indices[j…], …] += updates[…, j…, …]
  scatterAdd: (y, updates, indices) => {
    const { axis, size } = y.attributes
    const [{ shape }, { shape: count }] = y.inputs as [(typeof y.inputs)[0], (typeof y.inputs)[0]]
    const [at, entry] = [positionIn(y.shape), positionIn(count)]
    const values = allocate(y)
    eachIndex(shape, (index, i) => {
      const j = indices[entry(index.slice(axis, axis + count.length))]!
      values[at(index.toSpliced(axis, count.length, checked('scatterAdd', j, size)))]! += updates[i]!
    })
    return values
  },
  argsort: (y, x) => {
    const { axis, descending } = y.attributes
    const size = y.shape[axis]!
    const stride = contiguousStrides(y.shape)[axis]!
    const values = allocate(y)
    eachIndex(y.shape, (index, first) => {
      if (index[axis] !== 0) return
      const key = (i: number) => x[first + i * stride]!
      Array.from({ length: size }, (_, i) => i)
        .sort(
          (i, j) =>
            (Number(Number.isNaN(key(i))) - Number(Number.isNaN(key(j)))) * (descending ? -1 : 1) ||
            (key(i) === key(j) || Number.isNaN(key(i)) ? 0 : key(i) < key(j) === descending ? 1 : -1),
        )
        .forEach((from, to) => {
          values[first + to * stride] = from
        })
    })
    return values
  },
}
