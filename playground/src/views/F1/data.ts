/** Points of a plane in two classes: ready-made sets, and what a reader wrote as CSV. */

/** x, y and the class, 0 or 1. */
export type Point = readonly [x: number, y: number, label: number]

export const dataNames = {
  xor: 'XOR, four corners',
  circles: 'a circle in a ring',
  gaussians: 'two clouds',
  moons: 'two moons',
  spiral: 'two spirals',
  own: 'your own points',
} as const
export type DataName = keyof typeof dataNames

/** Evenly spread numbers in [−1, 1), the same for every reader. */
function noise(): () => number {
  let state = 1
  return () => {
    state = (state * 48271) % 2147483647
    return (2 * state) / 2147483647 - 1
  }
}
const round = (x: number): number => Math.round(100 * x) / 100
/** `count` points of each class; `t` runs from 0 to 1 within a class. */
function each(count: number, at: (t: number, label: number, e: () => number) => readonly [number, number]): Point[] {
  const e = noise()
  return [0, 1].flatMap(label =>
    Array.from({ length: count }, (_, i): Point => {
      const [x, y] = at(i / (count - 1), label, e)
      return [round(x), round(y), label]
    }),
  )
}
const around = (r: number, angle: number): [number, number] => [r * Math.cos(angle), r * Math.sin(angle)]

export const presets: Readonly<Record<Exclude<DataName, 'own'>, readonly Point[]>> = {
  xor: [[-1, -1, 0], [-1, 1, 1], [1, -1, 1], [1, 1, 0]], // biome-ignore format: points
  circles: each(24, (t, label, e) => around((label ? 0.5 : 1.5) + 0.2 * e(), 2 * Math.PI * t)),
  gaussians: each(24, (_, label, e) => [0, 0].map(() => (label ? 0.7 : -0.7) + 0.4 * (e() + e())) as [number, number]),
  moons: each(24, (t, label, e) => {
    const [x, y] = around(1, Math.PI * t)
    return [(label ? 0.5 - x : x - 0.5) + 0.12 * e(), (label ? 0.25 - y : y - 0.25) + 0.12 * e()]
  }),
  spiral: each(32, (t, label) => around(0.2 + 1.5 * t, 4.5 * t + label * Math.PI)),
}
export const mostPoints = 200

/** Reads `x, y, class` line by line; a first line of words is taken as names. The first thing wrong is named with its place. */
export function readCsv(text: string): { readonly points: readonly Point[]; readonly problem?: string } {
  const points: Point[] = []
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const cells = line.split(/[,;\t]/).map(cell => cell.trim())
    if (i === 0 && cells.every(cell => Number.isNaN(Number(cell)))) continue
    const wrong = (what: string) => ({ points, problem: `line ${i + 1}${what}` })
    if (cells.length !== 3) return wrong(` has ${cells.length} columns; three are needed: x, y, class`)
    const numbers = cells.map(Number)
    const bad = cells.findIndex((cell, c) => cell === '' || !Number.isFinite(numbers[c]))
    if (bad >= 0) return wrong(`, column ${bad + 1}: “${cells[bad]}” is not a number`)
    const far = numbers.findIndex(v => Math.abs(v) > 1000)
    if (far >= 0) return wrong(`, column ${far + 1}: ${numbers[far]} is beyond 1000; scale the data first`)
    if (numbers[2] !== 0 && numbers[2] !== 1) return wrong(`, column 3: the class is 0 or 1, not ${cells[2]}`)
    if (points.length === mostPoints) return wrong(`: more than ${mostPoints} points are too many for this page`)
    points.push(numbers as unknown as Point)
  }
  return points.length > 1
    ? { points }
    : { points, problem: 'at least two points are needed: one line each, x, y, class' }
}
