/**
 * How many positions a window has along an axis: (N + 2P − F)/S + 1, with F = D(K − 1) + 1 for a dilated kernel (Dumoulin and
 * Visin 2016). The lecture refuses sizes that do not divide; frameworks round down, or up where the last window begins inside.
 */

import { needCount, refuse, refuseOption } from '../graph/refuse.ts'
import { show } from '../graph/shape.ts'
import { checkOptions } from './options.ts'

export interface WindowSettings {
  /** K: how many inputs the window sees at once. */
  readonly kernel: number
  /** S; 1 */
  readonly stride?: number
  /** P: zeros on both sides; 0 */
  readonly padding?: number
  /** D; 1 */
  readonly dilation?: number
}

export interface WindowFit {
  /** (N + 2P − F)/S + 1 as it is: 2.33… when the window does not fit. */
  readonly exact: number
  readonly fits: boolean
  /** Positions when the rest is left unread; PyTorch's and the layers' `round: 'floor'`. */
  readonly floor: number
  /** Positions when a last window may reach beyond the padding, as long as it begins before it; `round: 'ceil'`. */
  readonly ceil: number
  /** Rows at the end, padding included, that no window reads when rounded down. */
  readonly unread: number
}

/** What to do with a size that does not divide. */
export type SizePolicy = 'refuse' | 'floor' | 'ceil'

/**
 * Everything about a window along an axis of `size` inputs.
 * @throws ShapeError when the window is larger than the padded input, OptionError for sizes that are no counts
 */
export function windowFit(size: number, settings: WindowSettings): WindowFit {
  checkOptions('outputSize', settings, { kernel: true, stride: true, padding: true, dilation: true })
  const { kernel, stride = 1, padding = 0, dilation = 1 } = settings
  needCount('outputSize', 'size', size)
  needCount('outputSize', 'kernel', kernel)
  needCount('outputSize', 'stride', stride)
  needCount('outputSize', 'dilation', dilation)
  if (!(Number.isInteger(padding) && padding >= 0))
    refuseOption('outputSize', 'padding', `padding must be an integer >= 0, got ${padding}`)
  const extent = dilation * (kernel - 1) + 1
  const room = size + 2 * padding - extent
  if (room < 0)
    refuse(
      'outputSize',
      [[size], [kernel]],
      `kernel ${kernel} is larger than the input ${size} with padding ${padding}`,
    )
  const floor = Math.floor(room / stride) + 1
  const rest = room % stride
  return {
    exact: room / stride + 1,
    fits: rest === 0,
    floor,
    ceil: rest > 0 && floor * stride < size + padding ? floor + 1 : floor,
    unread: rest,
  }
}

/**
 * Positions of a window along an axis of `size` inputs.
 * @throws ShapeError when it does not divide and the policy is 'refuse', as the lecture has it; the default
 */
export function outputSize(size: number, options: WindowSettings & { readonly policy?: SizePolicy }): number {
  checkOptions('outputSize', options, { kernel: true, stride: true, padding: true, dilation: true, policy: true })
  const { policy = 'refuse', ...settings } = options
  const fit = windowFit(size, settings)
  if (policy === 'floor') return fit.floor
  if (policy === 'ceil') return fit.ceil
  if (policy !== 'refuse')
    refuseOption('outputSize', 'policy', `policy must be 'refuse', 'floor' or 'ceil', got '${policy}'`)
  const { kernel, stride = 1, padding = 0 } = settings
  if (!fit.fits)
    refuse(
      'outputSize',
      [[size], [kernel]],
      `a kernel of ${kernel} with stride ${stride} and padding ${padding} doesn't fit ${show([size])}: ` +
        `(${size} + 2·${padding} − ${kernel})/${stride} + 1 = ${Number(fit.exact.toPrecision(3))}; change one of them, or use ` +
        `policy 'floor' (${fit.floor}) or 'ceil' (${fit.ceil})`,
    )
  return fit.floor
}
