/** Pictures made by a rule: rings, stripes, crosses, and faces, which are made of the others' parts. */

export const side = 28
export const kinds = ['ring', 'stripes', 'cross', 'face'] as const
export type Kind = (typeof kinds)[number]
/** How many numbers in [0, 1) a picture is made from, before its noise. */
export const draws = 5

/** 1 inside a line of this width whose middle is `distance` away, 0 outside, in between at its edge. */
const line = (distance: number, width: number): number => Math.min(1, Math.max(0, width / 2 + 0.5 - Math.abs(distance)))

/** Pixels in [0, 1], row after row. Place, size, angle and width of the line are drawn. */
export function drawShape(kind: Kind, u: ArrayLike<number>): Float32Array {
  const pixels = new Float32Array(side * side)
  const radius = 6 + 3.5 * u[0]!
  const [x0, y0] = [u[1]!, u[2]!].map(v => side / 2 - 0.5 + (v - 0.5) * (side - 2 * radius - 6))
  const angle = Math.PI * u[3]!
  const width = 1.4 + u[4]!
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [(i % side) - x0!, Math.floor(i / side) - y0!]
    const r = Math.hypot(x, y)
    const [along, across] = [x * Math.cos(angle) + y * Math.sin(angle), y * Math.cos(angle) - x * Math.sin(angle)]
    const ring = (cx: number, cy: number, size: number): number => line(Math.hypot(x - cx, y - cy) - size, width)
    const inside = r < radius + 1 ? 1 : 0
    pixels[i] = {
      ring: () => ring(0, 0, radius * 0.6),
      stripes: () => inside * line(((((across % 5) + 5) % 5) - 2.5) as number, width),
      cross: () => inside * Math.max(line(along, width), line(across, width)),
      face: () =>
        Math.max(
          ring(0, 0, radius),
          ring(-radius * 0.4, -radius * 0.3, 1.4),
          ring(radius * 0.4, -radius * 0.3, 1.4),
          Math.abs(x) < radius * 0.45 ? line(y - radius * 0.45, width) : 0,
        ),
    }[kind]()
  }
  return pixels
}
