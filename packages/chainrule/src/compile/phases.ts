/**
 * Convolutions of a dilated input, which is what the input gradient of a strided convolution is. Multiplying by the zeros in
 * between would cost stride^d times the work, so the outputs are computed phase by phase.
 */
import * as b from '../graph/build.ts'
import type { Node, Padding } from '../graph/node.ts'
import { numel } from '../graph/shape.ts'

const replaced = <T>(list: readonly T[], at: number, value: T): T[] => list.map((v, i) => (i === at ? value : v))

/**
 * One axis with input dilation s, stride 1 and kernel dilation 1: outputs o = s·q + r see only the taps
 * t ≡ low − r (mod s), t = t₀ + s·u, at inputs q + u − (low − r − t₀)/s: an ordinary convolution for each r.
 */
export function inputGradientPhases(node: Node): Node | undefined {
  if (node.primitive !== 'conv') return undefined
  const { stride, padding, dilation, inputDilation } = node.attributes
  const i = inputDilation.findIndex((s, j) => s > 1 && stride[j] === 1 && dilation[j] === 1)
  if (i < 0) return undefined
  const [x, w] = node.inputs as [Node, Node]
  const axis = i + 2
  const s = inputDilation[i]!
  const [low] = padding[i]!
  const taps = w.shape[axis]!
  const inputs = x.shape[axis]!
  const outputs = node.shape[axis]!
  const count = Math.ceil(outputs / s)
  const phases: Node[] = []
  for (let r = 0; r < s; r++) {
    const first = (((low - r) % s) + s) % s
    const shape = replaced(node.shape, axis, count)
    if (first >= taps) {
      phases.push(b.full(shape, 0, node.dtype))
      continue
    }
    const zero = w.shape.map(() => 0)
    const kernel = b.slice(
      w,
      replaced(zero, axis, first),
      w.shape,
      replaced(
        w.shape.map(() => 1),
        axis,
        s,
      ),
    )
    const newLow = (low - r - first) / s
    const newHigh = count - inputs - newLow + kernel.shape[axis]! - 1
    const attributes = {
      ...node.attributes,
      inputDilation: replaced(inputDilation, i, 1),
      padding: replaced<Padding>(padding, i, [newLow, newHigh]),
    }
    phases.push(b.conv(x, kernel, attributes))
  }
  const split = [...node.shape.slice(0, axis), count, 1, ...node.shape.slice(axis + 1)]
  const interleaved = b.concat(
    phases.map(p => b.reshape(p, split)),
    axis + 1,
  )
  const merged = b.reshape(interleaved, replaced(node.shape, axis, count * s))
  return b.slice(
    merged,
    merged.shape.map(() => 0),
    node.shape,
  )
}

/** What the phases do not cover (input dilation together with stride or kernel dilation): the zeros are put in. */
export function dilateInput(node: Node): Node | undefined {
  if (node.primitive !== 'conv') return undefined
  const { inputDilation } = node.attributes
  if (inputDilation.every(s => s === 1) || inputGradientPhases(node)) return undefined
  let [x] = node.inputs as [Node, Node]
  for (const [i, s] of inputDilation.entries()) {
    const axis = i + 2
    const n = x.shape[axis]!
    if (s === 1 || numel(x.shape) === 0) continue
    const column = b.reshape(x, [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)])
    const spread = b.pad(
      column,
      column.shape.map((_, j): Padding => (j === axis + 1 ? [0, s - 1] : [0, 0])),
    )
    const flat = b.reshape(spread, replaced(x.shape, axis, n * s))
    x = b.slice(
      flat,
      flat.shape.map(() => 0),
      replaced(flat.shape, axis, (n - 1) * s + 1),
    )
  }
  return b.conv(x, node.inputs[1]!, { ...node.attributes, inputDilation: inputDilation.map(() => 1) })
}
