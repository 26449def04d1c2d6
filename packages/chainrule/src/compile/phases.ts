/**
 * Convolutions without multiplying by zeros. Between the elements of a dilated input, which is what the input gradient of a strided
 * convolution sees, they would cost stride^d times the work: the outputs are computed phase by phase, each an ordinary convolution
 * that stores to its own places of the result. Around an image smaller than the kernel's reach, as at the end of a deep network, there
 * are taps and outputs that see nothing else.
 */
import * as b from '../graph/build.ts'
import type { Node, NodeOf, Padding } from '../graph/node.ts'
import { numel, range } from '../graph/shape.ts'

const replaced = <T>(list: readonly T[], at: number, value: T): T[] => list.map((v, i) => (i === at ? value : v))

/**
 * Outputs start + step · q + r of one axis, q < count, r < repeat: they see the taps first + step · u − r, u < taps, as a
 * convolution with that padding.
 */
export interface Phase {
  readonly start: number
  readonly step: number
  readonly count: number
  readonly first: number
  readonly taps: number
  readonly low: number
  readonly repeat: number
}

/** The first of `count`, and one behind the last, for which some of `others` sees the image; none: [0, 0]. */
function seen(count: number, others: number, sees: (i: number, other: number) => boolean): Padding {
  const all = range(count).filter(i => range(others).some(other => sees(i, other)))
  return all.length === 0 ? [0, 0] : [all[0]!, all.at(-1)! + 1]
}

/**
 * Axis i with input dilation s, stride 1 and kernel dilation 1: outputs o = s·q + r see only the taps t ≡ low − r (mod s),
 * t = t₀ + s·u, at inputs q + u − (low − r − t₀)/s. Without input dilation: one phase. Neighbours that see the same inputs are
 * one; taps at the ends that see none are left out.
 */
function phasesAlong(node: NodeOf<'conv'>, i: number): Phase[] {
  const step = node.attributes.inputDilation[i]!
  const [low] = node.attributes.padding[i]!
  const taps = node.inputs[1]!.shape[i + 2]!
  const outputs = node.shape[i + 2]!
  const size = node.inputs[0]!.shape[i + 2]!
  const [stride, dilation] = [node.attributes.stride[i]!, node.attributes.dilation[i]!]
  const phases: Phase[] = []
  for (const start of range(Math.min(step, outputs))) {
    const begin = modulo(low - start, step)
    const before = (low - start - begin) / step
    const count = Math.ceil((outputs - start) / step)
    const [from, to] = seen(Math.max(0, Math.ceil((taps - begin) / step)), count, (tap, output) =>
      isWithin(output * stride + tap * dilation - before, size),
    )
    const phase = {
      start,
      step,
      count,
      first: begin + from * step,
      taps: to - from,
      low: before - from * dilation,
      repeat: 1,
    }
    const last = phases.at(-1)
    if (last && last.count === phase.count && last.taps === phase.taps && last.low === phase.low)
      phases[phases.length - 1] = { ...last, repeat: last.repeat + 1 }
    else phases.push(phase)
  }
  return phases
}
const isWithin = (coordinate: number, size: number): boolean => coordinate >= 0 && coordinate < size
const modulo = (n: number, by: number): number => ((n % by) + by) % by

/** Of outputs at least so many must go: the others then are all that is computed. */
const mostKept = 1 / 2

/** Few outputs see the image: zeros around those. */
export function cropOutputs(node: Node): Node | undefined {
  if (node.primitive !== 'conv') return undefined
  const { stride, padding, dilation, inputDilation } = node.attributes
  const [x, w] = node.inputs as [Node, Node]
  const outputs = node.shape.slice(2)
  const kept = outputs.map((count, i) =>
    inputDilation[i]! > 1
      ? ([0, count] as const)
      : seen(count, w.shape[i + 2]!, (output, tap) =>
          isWithin(output * stride[i]! + tap * dilation[i]! - padding[i]![0], x.shape[i + 2]!),
        ),
  )
  const length = numel(kept.map(([from, to]) => to - from))
  if (length > mostKept * numel(outputs)) return undefined
  if (length === 0) return b.full(node.shape, 0, node.dtype)
  const inner = b.conv(x, w, {
    ...node.attributes,
    padding: padding.map(([low, high], i): Padding => {
      const [from, to] = kept[i]!
      return [low - from * stride[i]!, high - (outputs[i]! - to) * stride[i]!]
    }),
  })
  return b.pad(inner, [[0, 0], [0, 0], ...kept.map(([from, to], i): Padding => [from, outputs[i]! - to])])
}

/** The ordinary convolutions that make up a convolution: a phase for each axis. */
export const phasesOf = (node: NodeOf<'conv'>): Phase[][] =>
  node.attributes.inputDilation.reduce<Phase[][]>(
    (all, _, i) => all.flatMap(before => phasesAlong(node, i).map(phase => [...before, phase])),
    [[]],
  )

/** Channels in and out of a group up to which more taps cost less than more kernels. */
const fewChannels = 4

/** Zeros around the taps of a convolution with few channels, so that all phases have equally many and see the same inputs. */
export function evenPhases(node: Node): Node | undefined {
  if (node.primitive !== 'conv') return undefined
  const { stride, padding, dilation, inputDilation, groups } = node.attributes
  const [x, w] = node.inputs as [Node, Node]
  const [outputs, inner, ...taps] = w.shape as [number, number, ...number[]]
  if ((outputs / groups) * inner > fewChannels || taps.includes(0)) return undefined
  const added = taps.map((n, i): Padding => {
    const s = inputDilation[i]!
    if (s === 1 || stride[i] !== 1 || dilation[i] !== 1) return [0, 0]
    const before = modulo(s - 1 - padding[i]![0], s)
    return [before, modulo(-n - before, s)]
  })
  if (added.every(([low, high]) => low + high === 0)) return undefined
  return b.conv(x, b.pad(w, [[0, 0], [0, 0], ...added]), {
    ...node.attributes,
    padding: padding.map(([low, high], i): Padding => [low + added[i]![0], high + added[i]![1]]),
  })
}

/** What phases do not cover (input dilation together with stride or kernel dilation): the zeros are put in. */
export function dilateInput(node: Node): Node | undefined {
  if (node.primitive !== 'conv') return undefined
  const { stride, dilation, inputDilation } = node.attributes
  let [x] = node.inputs as [Node, Node]
  const left = inputDilation.map((s, i) => {
    const axis = i + 2
    const n = x.shape[axis]!
    if (s === 1 || (stride[i] === 1 && dilation[i] === 1)) return s
    if (numel(x.shape) === 0) return 1
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
    return 1
  })
  return left.every((s, i) => s === inputDilation[i])
    ? undefined
    : b.conv(x, node.inputs[1]!, { ...node.attributes, inputDilation: left })
}
