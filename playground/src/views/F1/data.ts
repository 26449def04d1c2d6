/** Points of two classes in the plane: the known shapes drawn from a seed, and the reader's own. */
import type { Field } from '../../frame/schema.ts'

export interface Point {
  readonly x: number
  readonly y: number
  /** 0 or 1. */
  readonly label: number
}
/** Examples as the engine takes them: inputs row after row, and the class of each. */
export interface Rows {
  readonly x: Float32Array
  readonly labels: readonly number[]
}
export interface Split {
  readonly train: readonly Point[]
  readonly test: readonly Point[]
}
/** The board: both coordinates go from the first to the second. */
export const span = [-3, 3] as const
export const mostOwn = 400
/** Rows and columns of the picture of the output, and of those of the hidden units. */
export const cells = 64
export const small = 16

/** Uniform numbers from 0 to 1: mulberry32, the same in every browser. */
export function uniform(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
/** Of a shape: where the point lies without noise; `t` goes evenly from 0 to 1 through the class. */
type Place = (label: number, t: number, next: () => number) => readonly [x: number, y: number]

const round = (radius: number, angle: number) => [radius * Math.cos(angle), radius * Math.sin(angle)] as const
const places = {
  spirals: (label, t) => round(0.25 + 2.35 * t, 3.5 * Math.PI * t + label * Math.PI),
  circles: (label, _, next) => round(label === 1 ? 1.1 * Math.sqrt(next()) : 1.8 + 0.8 * next(), 2 * Math.PI * next()),
  xor: (label, _, next) => {
    const [x, y] = [0.25 + 2.25 * next(), 0.25 + 2.25 * next()]
    const side = next() < 0.5 ? 1 : -1
    return [side * x, (label === 1 ? side : -side) * y]
  },
  gaussians: (label, _, next) => {
    // Box and Muller 1958
    const [radius, angle] = [0.6 * Math.sqrt(-2 * Math.log(1 - next())), 2 * Math.PI * next()]
    const middle = label === 1 ? 1.1 : -1.1
    return [middle + radius * Math.cos(angle), middle + radius * Math.sin(angle)]
  },
  moons: (label, t) => {
    const angle = Math.PI * t
    return label === 1
      ? [1.5 * Math.cos(angle) - 0.75, 1.5 * Math.sin(angle) - 0.4]
      : [0.75 - 1.5 * Math.cos(angle), 0.4 - 1.5 * Math.sin(angle)]
  },
} as const satisfies Record<string, Place>
export type Shape = keyof typeof places

export const shapeTitles: Readonly<Record<Shape | 'own', string>> = {
  spirals: 'two spirals',
  circles: 'circles',
  xor: 'exclusive or',
  gaussians: 'Gaussians',
  moons: 'moons',
  own: 'only your own points',
}
/** Three decimals, on the board: short enough to be read in a program. */
export const onBoard = (v: number): number => Math.round(1000 * Math.min(span[1], Math.max(span[0], v))) / 1000 + 0

/** `count` points of each class, the classes in turn; noise is the standard deviation of what is added to each coordinate. */
function draw(shape: Shape, count: number, noise: number, seed: number): Point[] {
  const next = uniform(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return Array.from({ length: 2 * count }, (_, i) => {
    const label = i % 2
    const [x, y] = (places[shape] as Place)(label, (Math.floor(i / 2) + next()) / count, next)
    return { x: onBoard(x + noise * normal()), y: onBoard(y + noise * normal()), label }
  })
}
export const rowsOf = (points: readonly Point[]): Rows => ({
  x: Float32Array.from(points.flatMap(p => [p.x, p.y])),
  labels: points.map(p => p.label),
})
export interface DataSettings {
  readonly data: Shape | 'own'
  /** Points of each class to learn from; as many again are held out. */
  readonly n: number
  readonly noise: number
  readonly seed: number
  readonly points: readonly Point[]
}
/** What is learned from and what is held out. Own points are added to a shape's; alone, every fourth is held out. */
export function split({ data, n, noise, seed, points }: DataSettings): Split {
  if (data === 'own') return { train: points.filter((_, i) => i % 4 !== 3), test: points.filter((_, i) => i % 4 === 3) }
  return { train: [...draw(data, n, noise, 2 * seed + 1), ...points], test: draw(data, n, noise, 2 * seed + 2) }
}

/** Points as `x,y,class;x,y,class`. */
export function pointsField(title: string): Field<readonly Point[]> {
  return {
    title,
    initial: [],
    parse(text) {
      const notes: string[] = []
      const value = text.split(';').flatMap((entry): Point[] => {
        if (entry.trim() === '') return []
        const [x, y, label, ...more] = entry.split(',').map(t => (t.trim() === '' ? Number.NaN : Number(t)))
        const fits = Number.isFinite(x) && Number.isFinite(y) && (label === 0 || label === 1) && more.length === 0
        if (!fits) notes.push(`“${entry}” is no point x,y,class with class 0 or 1`)
        else if (onBoard(x!) !== x || onBoard(y!) !== y) notes.push(`“${entry}” was moved onto the board`)
        return fits ? [{ x: onBoard(x!), y: onBoard(y!), label: label! }] : []
      })
      if (value.length > mostOwn) notes.push(`${value.length} points where ${mostOwn} fit`)
      const kept = value.slice(0, mostOwn)
      return notes.length > 0 ? { value: kept, note: notes.slice(0, 3).join('; ') } : { value: kept }
    },
    format: value => value.map(p => `${p.x},${p.y},${p.label}`).join(';'),
  }
}
