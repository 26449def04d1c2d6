/** Convolution and pooling, from one picture: which input does tap k of the window at position p read? */
import type { Node, Window } from '../../graph/node.ts'
import { numel, type Shape } from '../../graph/shape.ts'
import { exceeds } from './reductions.ts'
import { allocate, eachIndex, fill, positionIn, type References, type Values } from './values.ts'

interface Sliding {
  readonly stride: readonly number[]
  readonly padding: Window['padding']
  readonly dilation: readonly number[]
  readonly inputDilation?: readonly number[]
}

const outside = -1

/**
 * taps[p·K + k]: position in the input of tap k of window p, or −1 where it reads padding or a gap of the dilated input.
 * Along each axis the coordinate is (stride·p + dilation·k − low) / inputDilation.
 */
function tapTable(size: Shape, positions: Shape, kernel: Shape, a: Sliding): Int32Array {
  const taps = new Int32Array(numel(positions) * numel(kernel))
  const at = positionIn(size)
  eachIndex([...positions, ...kernel], (index, i) => {
    const coordinates = size.map((_, d) => {
      const dilated = a.stride[d]! * index[d]! + a.dilation[d]! * index[size.length + d]! - a.padding[d]![0]
      return dilated / (a.inputDilation?.[d] ?? 1)
    })
    const inside = coordinates.every((c, d) => Number.isInteger(c) && c >= 0 && c < size[d]!)
    taps[i] = inside ? at(coordinates) : outside
  })
  return taps
}

/** The windows of a pooling node over `x`: calls `visit` with each window's number and the positions that it reads. */
function eachWindow(
  x: Node,
  windows: Node,
  a: Sliding & { readonly window: Shape },
  visit: (window: number, reads: readonly number[]) => void,
): void {
  const lead = x.shape.length - a.window.length
  const size = x.shape.slice(lead)
  const positions = windows.shape.slice(lead)
  const taps = tapTable(size, positions, a.window, a)
  const perRow = numel(positions)
  const perWindow = numel(a.window)
  const rows = numel(x.shape.slice(0, lead))
  for (let row = 0; row < rows; row++)
    for (let p = 0; p < perRow; p++) {
      const reads: number[] = []
      for (const tap of taps.subarray(p * perWindow, (p + 1) * perWindow))
        if (tap !== outside) reads.push(row * numel(size) + tap)
      visit(row * perRow + p, reads)
    }
}

/** The first maximum among the positions; undefined if there are none. */
function firstMaximum(x: Values, reads: readonly number[]): number | undefined {
  let place: number | undefined
  for (const i of reads) if (exceeds(x[i]!, place === undefined ? undefined : x[place])) place = i
  return place
}

export const windows: References<'conv' | 'windowSum' | 'windowMax' | 'windowPick' | 'windowScatter'> = {
  conv: (y, x, w) => {
    const [input, weight] = y.inputs as [Node, Node]
    const [channels, perGroup] = [input.shape[1]!, weight.shape[1]!]
    const outputs = weight.shape[0]!
    const [size, kernel] = [input.shape.slice(2), weight.shape.slice(2)]
    const taps = tapTable(size, y.shape.slice(2), kernel, y.attributes)
    const [places, reach, positions] = [numel(size), numel(kernel), numel(y.shape.slice(2))]
    return fill(y, i => {
      const p = i % positions
      const o = Math.floor(i / positions) % outputs
      const n = Math.floor(i / positions / outputs)
      const firstChannel = Math.floor(o / (outputs / y.attributes.groups)) * perGroup
      let total = 0
      for (let c = 0; c < perGroup; c++)
        for (let k = 0; k < reach; k++) {
          const tap = taps[p * reach + k]!
          if (tap !== outside)
            total += x[(n * channels + firstChannel + c) * places + tap]! * w[(o * perGroup + c) * reach + k]!
        }
      return total
    })
  },
  windowSum: (y, x) => {
    const values = allocate(y)
    eachWindow(y.inputs[0]!, y, y.attributes, (window, reads) => {
      for (const i of reads) values[window]! += x[i]!
    })
    return values
  },
  windowMax: (y, x) => {
    const values = allocate(y)
    eachWindow(y.inputs[0]!, y, y.attributes, (window, reads) => {
      const place = firstMaximum(x, reads)
      values[window] = place === undefined ? Number.NEGATIVE_INFINITY : x[place]!
    })
    return values
  },
  windowPick: (y, x, h) => {
    const values = allocate(y)
    eachWindow(y.inputs[0]!, y, y.attributes, (window, reads) => {
      const place = firstMaximum(x, reads)
      if (place !== undefined) values[window] = h[place]!
    })
    return values
  },
  windowScatter: (y, x, g) => {
    const values = allocate(y)
    eachWindow(y, y.inputs[1]!, y.attributes, (window, reads) => {
      const place = firstMaximum(x, reads)
      if (place !== undefined) values[place]! += g[window]!
    })
    return values
  },
}
