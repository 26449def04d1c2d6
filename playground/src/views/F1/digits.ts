/** Handwritten digits, at half their size so that a small network takes them in, and the reader's own among them. */
import { brightness, unpackDrawing } from '../../frame/drawing.ts'
import type { Field } from '../../frame/schema.ts'
import { centred, type Digits, digit, digitSide, unpackDigits } from '../../lab/digit-file.ts'
import type { Rows } from './data.ts'

/** Rows and columns of what the network sees. */
export const side = digitSide / 2
export const classes = 10
export const mostDrawn = 20

/** A drawing of the reader's, and what it is. */
export interface Drawn {
  readonly label: number
  /** As `packDrawing` writes it. */
  readonly pixels: string
}
/** Means of 2 × 2 pixels: [28 · 28] → [14 · 14]. */
export const halved = (pixels: ArrayLike<number>): Float32Array =>
  Float32Array.from({ length: side * side }, (_, i) => {
    const at = 2 * Math.floor(i / side) * digitSide + 2 * (i % side)
    return (pixels[at]! + pixels[at + 1]! + pixels[at + digitSide]! + pixels[at + digitSide + 1]!) / 4
  })
/** What the network sees of a drawing: in the middle, as the digits of MNIST are. */
export const seen = (pixels: string): Float32Array => halved(centred(brightness(unpackDrawing(pixels, digitSide))))

/** The first `n` of each class. */
function firstOf(digits: Digits, n: number): { pictures: Float32Array[]; labels: number[] } {
  const counts = new Array<number>(classes).fill(0)
  const chosen = [...digits.labels.keys()].filter(i => counts[digits.labels[i]!]!++ < n)
  return { pictures: chosen.map(i => halved(digit(digits, i))), labels: chosen.map(i => digits.labels[i]!) }
}
const stacked = (pictures: readonly Float32Array[], labels: readonly number[]): Rows => {
  const x = new Float32Array(pictures.length * side * side)
  pictures.forEach((picture, i) => {
    x.set(picture, i * side * side)
  })
  return { x, labels }
}
/** `n` digits of each class to learn from, with the reader's own after them; as many, or as there are, held out. */
export function digitRows(packed: Uint8Array, n: number, drawn: readonly Drawn[]): { train: Rows; test: Rows } {
  const sets = unpackDigits(packed)
  const [train, test] = [firstOf(sets.train, n), firstOf(sets.test, n)]
  return {
    train: stacked(
      [...train.pictures, ...drawn.map(d => seen(d.pixels))],
      [...train.labels, ...drawn.map(d => d.label)],
    ),
    test: stacked(test.pictures, test.labels),
  }
}
/** Drawings as `7.AAEBA…;3.…`. */
export function drawnField(title: string): Field<readonly Drawn[]> {
  return {
    title,
    initial: [],
    parse(text) {
      const entries = text.split(';').filter(entry => entry !== '')
      const read = entries.flatMap((entry): Drawn[] => {
        const [, label, pixels] = entry.match(/^(\d)\.([\w-]{1,262})$/) ?? []
        return label === undefined ? [] : [{ label: Number(label), pixels: pixels! }]
      })
      const notes: string[] = []
      if (read.length < entries.length)
        notes.push(`${entries.length - read.length} of these are no digit with its drawing`)
      if (read.length > mostDrawn) notes.push(`${read.length} drawings where ${mostDrawn} fit`)
      return { value: read.slice(0, mostDrawn), ...(notes.length > 0 && { note: notes.join('; ') }) }
    },
    format: value => value.map(d => `${d.label}.${d.pixels}`).join(';'),
  }
}
