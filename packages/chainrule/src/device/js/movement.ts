/** Movement primitives as the one question each answers: which element of the input is at this index of the output? */
import { allocate, eachIndex, fillByIndex, positionIn, type References } from './values.ts'

export const movement: References<'reshape' | 'permute' | 'expand' | 'pad' | 'slice' | 'flip' | 'concat'> = {
  reshape: (_, x) => x,
  permute: (y, x) => {
    const { axes } = y.attributes
    const at = positionIn(y.inputs[0]!.shape)
    const source = axes.map(() => 0)
    return fillByIndex(y, index => {
      axes.forEach((from, to) => {
        source[from] = index[to]!
      })
      return x[at(source)]!
    })
  },
  expand: (y, x) => {
    const { shape } = y.inputs[0]!
    const at = positionIn(shape)
    return fillByIndex(y, index => x[at(index.map((i, d) => (shape[d] === 1 ? 0 : i)))]!)
  },
  pad: (y, x) => {
    const { shape } = y.inputs[0]!
    const at = positionIn(shape)
    return fillByIndex(y, index => {
      const source = index.map((i, d) => i - y.attributes.padding[d]![0])
      return source.every((i, d) => i >= 0 && i < shape[d]!) ? x[at(source)]! : 0
    })
  },
  slice: (y, x) => {
    const { start, step } = y.attributes
    const at = positionIn(y.inputs[0]!.shape)
    return fillByIndex(y, index => x[at(index.map((i, d) => start[d]! + step[d]! * i))]!)
  },
  flip: (y, x) => {
    const at = positionIn(y.shape)
    return fillByIndex(
      y,
      index => x[at(index.map((i, d) => (y.attributes.axes.includes(d) ? y.shape[d]! - 1 - i : i)))]!,
    )
  },
  concat: (y, ...parts) => {
    const { axis } = y.attributes
    const values = allocate(y)
    const at = positionIn(y.shape)
    let before = 0
    parts.forEach((part, n) => {
      const { shape } = y.inputs[n]!
      eachIndex(shape, (index, i) => {
        values[at(index.map((j, d) => (d === axis ? before + j : j)))] = part[i]!
      })
      before += shape[axis]!
    })
    return values
  },
}
