/**
 * Minimal filtering F(2×2, 3×3): four outputs of a 3×3 convolution from 16 multiplications instead of 36 (S. Winograd, "Arithmetic
 * Complexity of Computations", 1980; A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2016, section 4.1):
 *
 *   Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A,   dg = Gᵀ [(A dY Aᵀ) ⊙ (Bᵀ d B)] G
 *
 * The elementwise products, summed over channels (or over tiles, for dg), are 16 matrix products.
 */
import { type Contraction, type Dim, largest, type WindowAxis, withRole } from './contraction.ts'

export type Matrix = readonly (readonly number[])[]

/** Numbers of a transformed tile. */
export const points = 16
/** Bᵀ: of a tile of the image, 4×4. */
export const image: Matrix = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
]
/** G: of taps. */
export const filter: Matrix = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
]
/** Aᵀ: to 2×2 outputs. */
export const output: Matrix = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
]

export interface TiledAxis {
  readonly position: Dim
  readonly tap: Dim
  readonly window: WindowAxis
  readonly tiles: number
}

export interface Tiling {
  readonly image: Dim | undefined
  readonly channel: Dim
  readonly y: TiledAxis
  readonly x: TiledAxis
}

/** The first column of a padded row that exists, and how many do. */
export const firstSeen = ({ window }: TiledAxis): number => Math.max(0, -window.start)
export const seen = (axis: TiledAxis): number =>
  Math.min(2 * axis.tiles + 2, axis.window.size - axis.window.start) - firstSeen(axis)

/** Two axes of three neighbouring taps, one loop of channels and at most one of images; `positions` is the role of the outputs. */
export function tilingOf(c: Contraction, positions: 'n' | 'k'): Tiling | undefined {
  const taps = positions === 'n' ? 'k' : 'n'
  if (c.kernel.dtype !== 'float32' || c.windows.length !== 2) return undefined
  const axes = c.windows.flatMap((window): TiledAxis[] => {
    const [position, tap] = [positions, taps].map(role => window.terms.find(t => t.dim.role === role))
    const fits = window.terms.length === 2 && position?.step === 1 && tap?.step === 1 && tap.dim.size === 3
    if (!fits) return []
    return [{ position: position.dim, tap: tap.dim, window, tiles: Math.ceil(position.dim.size / 2) }]
  })
  const [y, x] = axes.toSorted((p, q) => Math.abs(q.window.stride) - Math.abs(p.window.stride))
  if (!x || !y || seen(x) < 1 || seen(y) < 1) return undefined
  const moving = [x.position, x.tap, y.position, y.tap]
  const [channels, images] = ([taps, positions] as const).map(role =>
    withRole(c, role).filter(d => !moving.includes(d)),
  )
  if (channels!.length !== 1 || (positions === 'k' && images!.length > 1)) return undefined
  return { image: largest(images!), channel: channels![0]!, y, x }
}
