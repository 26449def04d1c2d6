/** What may happen to a picture: moved, made smaller, darkened, inverted, or all its pixels put elsewhere. */
import { digitSide as side } from '../../lab/digit-file.ts'

export type Tool = 'shift' | 'scale' | 'darken' | 'invert'

/** How far each tool goes in the curves, from nothing to much. */
export const amounts: Readonly<Record<Tool, readonly number[]>> = {
  shift: [0, 1, 2, 3, 4, 5, 6, 7, 8],
  scale: [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3],
  darken: [1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05],
  invert: [0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1],
}
/** The amount that leaves a picture as it is. */
export const neutral: Readonly<Record<Tool, number>> = { shift: 0, scale: 1, darken: 1, invert: 0 }

/** The picture at a place between pixels; black outside. */
function at(pixels: Float32Array, y: number, x: number): number {
  const [r, c] = [Math.floor(y), Math.floor(x)]
  const [v, u] = [y - r, x - c]
  const pixel = (i: number, k: number): number => (i >= 0 && i < side && k >= 0 && k < side ? pixels[i * side + k]! : 0)
  const above = (1 - u) * pixel(r, c) + u * pixel(r, c + 1)
  const below = (1 - u) * pixel(r + 1, c) + u * pixel(r + 1, c + 1)
  return (1 - v) * above + v * below
}
export function changed(pixels: Float32Array, tool: Tool, amount: number): Float32Array {
  if (amount === neutral[tool]) return pixels
  const middle = (side - 1) / 2
  return pixels.map((p, i) => {
    const [r, c] = [Math.floor(i / side), i % side]
    if (tool === 'shift') return at(pixels, r, c - amount)
    if (tool === 'scale') return at(pixels, middle + (r - middle) / amount, middle + (c - middle) / amount)
    if (tool === 'darken') return amount * p
    return (1 - amount) * p + amount * (1 - p)
  })
}
/** The same pixels in another order: pixel i comes from `order[i]`. */
export const reordered = (pixels: Float32Array, order: ArrayLike<number> | undefined): Float32Array =>
  order ? pixels.map((_, i) => pixels[order[i]!]!) : pixels
