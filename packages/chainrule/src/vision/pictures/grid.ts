/** Several pictures as one. torchvision's `make_grid`. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { needList, refuse, refuseOption } from '../../graph/refuse.ts'
import { show } from '../../graph/shape.ts'
import { checkOptions } from '../../nn/options.ts'
import { wrap } from '../../tensor/handle.ts'
import { add, sub } from '../../tensor/ops/elementwise.ts'
import { stack } from '../../tensor/ops/movement.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import type { TensorLike } from '../../tensor/types.ts'
import type { Picture } from '../files/read.ts'

export interface GridOptions {
  /** Pictures in a row; as many as there are rows unless given. */
  readonly columns?: number
  /** Pixels between the pictures and around them; 1 unless given. */
  readonly gap?: number
  /** Brightness of the gaps; 0.5 unless given. */
  readonly background?: number
  /** Each pixel becomes so many pixels in each direction; 1 unless given. */
  readonly scale?: number
}

/**
 * Pictures beside each other, row by row: [channels, …, …].
 * @param pictures [n, channels, height, width], or a list of pictures [channels, height, width] of equal shape
 */
export function grid(pictures: TensorLike | readonly TensorLike[], options: GridOptions = {}): Picture {
  checkOptions('grid', options, { columns: true, gap: true, background: true, scale: true })
  const all = 'node' in pictures ? pictures.node : stacked(pictures)
  const [n, c, h, w] = all.shape
  if (all.shape.length !== 4 || n === 0)
    refuse('grid', [all.shape], `expected pictures [n, channels, height, width], got ${show(all.shape)}`)
  const { columns = Math.ceil(Math.sqrt(n!)), gap = 1, background = 0.5, scale = 1 } = options
  const whole = (option: string, value: number, least: number): void => {
    if (!(Number.isInteger(value) && value >= least))
      refuseOption('grid', option, `${option} must be a whole number >= ${least}, got ${value}`)
  }
  whole('columns', columns, 1)
  whole('gap', gap, 0)
  whole('scale', scale, 1)
  const rows = Math.ceil(n! / columns)
  // the background becomes 0, which is what padding adds
  const shifted = sub(enlarged(asFloat(all), scale), background)
  const [height, width] = [h! * scale + gap, w! * scale + gap]
  const framed = build.pad(shifted, [
    [0, rows * columns - n!],
    [0, 0],
    [gap, 0],
    [gap, 0],
  ])
  const placed = build.permute(build.reshape(framed, [rows, columns, c!, height, width]), [2, 0, 3, 1, 4])
  const closed = build.pad(build.reshape(placed, [c!, rows * height, columns * width]), [
    [0, 0],
    [0, gap],
    [0, gap],
  ])
  return wrap(add(closed, background)) as unknown as Picture
}

function stacked(pictures: readonly TensorLike[]): Node {
  needList('grid', pictures, '[a, b]')
  if (pictures.length === 0) refuse('grid', [], 'there is no picture in the list')
  return stack(pictures.map(p => p.node))
}

/** Each pixel as a square of pixels: [n, c, h, w] → [n, c, h · scale, w · scale]. */
function enlarged(x: Node, scale: number): Node {
  const [n, c, h, w] = x.shape as readonly [number, number, number, number]
  const apart = build.reshape(x, [n, c, h, 1, w, 1])
  return build.reshape(build.expand(apart, [n, c, h, scale, w, scale]), [n, c, h * scale, w * scale])
}
