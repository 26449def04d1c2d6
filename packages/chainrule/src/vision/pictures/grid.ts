/** Several pictures as one. torchvision's `make_grid`. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { show } from '../../graph/shape.ts'
import { checkOptions } from '../../nn/options.ts'
import { wrap } from '../../tensor/handle.ts'
import { add, sub } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import { refuse, refuseOption } from '../../tensor/ops/refuse.ts'
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

/** [n, channels, height, width] → [channels, …, …], row by row. */
export function grid(pictures: TensorLike, options: GridOptions = {}): Picture {
  checkOptions('grid', options, { columns: true, gap: true, background: true, scale: true })
  const [n, c, h, w] = pictures.shape
  if (pictures.shape.length !== 4 || n === 0)
    refuse('grid', [pictures.shape], `expected pictures [n, channels, height, width], got ${show(pictures.shape)}`)
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
  const shifted = sub(enlarged(asFloat(pictures.node), scale), background)
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

/** Each pixel as a square of pixels: [n, c, h, w] → [n, c, h · scale, w · scale]. */
function enlarged(x: Node, scale: number): Node {
  const [n, c, h, w] = x.shape as readonly [number, number, number, number]
  const apart = build.reshape(x, [n, c, h, 1, w, 1])
  return build.reshape(build.expand(apart, [n, c, h, scale, w, scale]), [n, c, h * scale, w * scale])
}
