/**
 * How the windows of a pooling kernel lie in memory. A vector of windows that are neighbours along the last axis is worked on at
 * once, so their elements under one tap must be (or become) neighbours:
 * - direct: stride 1 along the last axis and no padding; read where they are.
 * - pairs: stride 2 along the last axis and no padding; even and odd columns by shuffling two vectors.
 * - padded: everything else; each plane is first copied into scratch memory with its padding, columns sorted by
 *   column mod stride.
 */

import { contiguousStrides, numel, range } from '../graph/shape.ts'
import type { WindowKernel } from './kernel.ts'
import { type Copies, gcd } from './padded-layout.ts'

export interface WindowAxis {
  readonly size: number
  readonly positions: number
  readonly window: number
  readonly stride: number
  readonly low: number
  readonly dilation: number
  readonly inputDilation: number
  /** Coordinates that windows reach: 0 … extent − 1 after padding. */
  readonly extent: number
}

export interface Geometry {
  readonly kind: 'direct' | 'pairs' | 'padded'
  readonly axes: readonly WindowAxis[]
  /** Elements of one plane of x, and of one plane of windows. */
  readonly plane: number
  readonly windows: number
  /** Where windows are read: bytes between coordinates of the leading axes, between neighbouring windows of a row, in all. */
  readonly leadBytes: readonly number[]
  readonly columnBytes: number
  readonly planeBytes: number
  /** Bytes from the start of the plane to the first element of the first window (direct, pairs). */
  readonly startBytes: number
  /** Byte offset of a tap of the last axis from its window's first element (direct, padded). */
  readonly tapBytes: readonly number[]
  /** padded: bytes of the columns with the same remainder. */
  readonly phaseBytes: number
  /** Whether a window may lie wholly in the padding. */
  readonly mayMiss: boolean
}

/** `lanes` in a vector; `pairs` says whether a window of that width may be read in pairs. */
export function geometryOf(kernel: WindowKernel, lanes: number, pairs: (window: number) => boolean): Geometry {
  const axes = range(kernel.size.length).map((d): WindowAxis => {
    const [window, dilation, positions] = [kernel.window[d]!, kernel.dilation[d]!, kernel.positions[d]!]
    const stride = positions === 1 ? 1 : kernel.stride[d]! // a single window never moves
    return {
      size: kernel.size[d]!,
      positions,
      window,
      stride,
      low: kernel.low[d]!,
      dilation,
      inputDilation: kernel.inputDilation[d]!,
      extent: (positions - 1) * stride + (window - 1) * dilation + 1,
    }
  })
  const last = axes.at(-1)!
  const inside = axes.every(a => a.inputDilation === 1 && a.low <= 0 && a.extent - a.low <= a.size)
  const inPairs = last.stride === 2 && pairs(last.window) && last.dilation === 1
  const kind = inside && last.stride === 1 ? 'direct' : inside && inPairs ? 'pairs' : 'padded'
  const strides = contiguousStrides(kernel.size)
  const common = {
    kind,
    axes,
    plane: numel(kernel.size),
    windows: numel(kernel.positions),
    mayMiss: axes.some(a => firstTaps(a).some(t => t < 0)),
  } as const
  if (kind !== 'padded')
    return {
      ...common,
      leadBytes: strides.slice(0, -1).map(s => 4 * s),
      columnBytes: 4 * last.stride,
      planeBytes: 4 * common.plane,
      startBytes: -4 * axes.reduce((n, a, d) => n + a.low * strides[d]!, 0),
      tapBytes: range(last.window).map(t => 4 * t * last.dilation),
      phaseBytes: 0,
    }
  const phaseBytes = 4 * lanes * Math.ceil(Math.ceil(last.extent / last.stride) / lanes)
  const padded = [...axes.slice(0, -1).map(a => a.extent), last.stride * phaseBytes]
  return {
    ...common,
    leadBytes: contiguousStrides(padded).slice(0, -1),
    columnBytes: 4,
    planeBytes: numel(padded),
    startBytes: 0,
    tapBytes: range(last.window).map(t => {
      const column = t * last.dilation
      return (column % last.stride) * phaseBytes + 4 * Math.floor(column / last.stride)
    }),
    phaseBytes,
  }
}

/** Elements first, first + 1, … (count of them) are under some window. */
function reached({ size, low, inputDilation, extent }: WindowAxis): { first: number; count: number } {
  const first = Math.max(0, Math.ceil(-low / inputDilation))
  const end = Math.min(size, Math.floor((extent - 1 - low) / inputDilation) + 1)
  return { first, count: Math.max(0, end - first) }
}

/** How a plane of x comes into its padded copy: in rows of the last axis, by remainder classes. */
export function paddedPlane({ axes, leadBytes, phaseBytes }: Geometry): Copies {
  const strides = contiguousStrides(axes.map(a => a.size))
  const ranges = axes.map(reached)
  const lead = ranges.slice(0, -1)
  const { stride, inputDilation, low } = axes.at(-1)!
  const { first, count } = ranges.at(-1)!
  const start = lead.reduce(
    (n, r, d) => ({
      to: n.to + ((axes[d]!.low + axes[d]!.inputDilation * r.first) * leadBytes[d]!) / 4,
      from: n.from + r.first * strides[d]!,
    }),
    { to: 0, from: 0 },
  )
  // x = first + r, first + r + step, … go to one class, `apart` places from each other
  const step = stride / gcd(stride, inputDilation)
  const rows = range(Math.min(step, count)).map(r => {
    const column = low + inputDilation * (first + r)
    return {
      to: start.to + ((column % stride) * phaseBytes) / 4 + Math.floor(column / stride),
      from: start.from + first + r,
      count: Math.ceil((count - r) / step),
      stride: step,
      apart: inputDilation / gcd(stride, inputDilation),
    }
  })
  return {
    levels: lead.map((r, d) => ({
      count: r.count,
      to: (axes[d]!.inputDilation * leadBytes[d]!) / 4,
      from: strides[d]!,
    })),
    rows: lead.some(r => r.count === 0) ? [] : rows,
  }
}

/** For each position along an axis, the first tap that lies on an element; −1 if none does. */
export function firstTaps({ positions, stride, window, dilation, low, size }: WindowAxis): number[] {
  return range(positions).map(o =>
    range(window).findIndex(t => {
      const x = o * stride + t * dilation - low
      return x >= 0 && x < size
    }),
  )
}

/**
 * Whether each element is under at most one window, and windows of two lie side by side along the last axis (`applies`); whether
 * every element is under one (`covers`).
 */
export function disjoint({ kind, axes }: Geometry): { applies: boolean; covers: boolean } {
  const lead = axes.slice(0, -1)
  const apart = lead.every(a => a.positions === 1 || a.stride >= (a.window - 1) * a.dilation + 1)
  const few = lead.reduce((n, a) => n * a.window, 1) <= 16
  return {
    applies: kind === 'pairs' && axes.at(-1)!.window === 2 && apart && few,
    covers: axes.every(
      a =>
        a.low === 0 &&
        a.dilation === 1 &&
        a.size === (a.positions - 1) * a.stride + a.window &&
        (a.positions === 1 || a.stride === a.window),
    ),
  }
}
