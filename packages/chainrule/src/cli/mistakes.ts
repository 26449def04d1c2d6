/** The worst mistakes as one PNG: each picture enlarged, with its true class in green and the predicted one in red. */
import { encode } from 'fast-png'
import type { Picture } from './blocks.ts'
import { advance, drawText, glyphHeight } from './font.ts'

export interface Mistake {
  readonly picture: Picture
  readonly truth: string
  readonly predicted: string
  /** The probability that the model gave to the predicted class. */
  readonly confidence: number
}

type Colour = readonly [number, number, number]
const background: Colour = [24, 24, 27]
const green: Colour = [74, 222, 128]
const red: Colour = [248, 113, 113]
const grey: Colour = [161, 161, 170]

const scale = 5
const letter = 2
const margin = 8
const line = (glyphHeight + 2) * letter

/** The bytes of a PNG with at most `perRow` pictures beside each other. */
export function mistakesPng(mistakes: readonly Mistake[], perRow = 5): Uint8Array {
  const side = Math.max(1, ...mistakes.flatMap(m => [m.picture.width, m.picture.height])) * scale
  const columns = Math.max(1, Math.min(perRow, mistakes.length))
  const tileWidth = side + margin
  const tileHeight = side + 2 * line + margin
  const width = margin + columns * tileWidth
  const height = margin + Math.max(1, Math.ceil(mistakes.length / columns)) * tileHeight
  const data = new Uint8Array(width * height * 3)
  const square = (x: number, y: number, size: number, [r, g, b]: Colour): void => {
    for (let j = y; j < Math.min(y + size, height); j++)
      for (let i = x; i < Math.min(x + size, width); i++) data.set([r, g, b], (j * width + i) * 3)
  }
  for (let i = 0; i < data.length; i += 3) data.set(background, i)
  const text = (words: string, x: number, y: number, colour: Colour): number => {
    const fits = words.slice(0, Math.floor(side / (advance * letter)))
    drawText(fits, (dx, dy) => square(x + dx * letter, y + dy * letter, letter, colour))
    return x + fits.length * advance * letter
  }
  mistakes.forEach(({ picture, truth, predicted, confidence }, index) => {
    const left = margin + (index % columns) * tileWidth
    const top = margin + Math.floor(index / columns) * tileHeight
    text(truth, text('true ', left, top, grey), top, green)
    const percent = `${Math.round(100 * confidence)}%`
    const room = Math.floor(side / (advance * letter)) - 'said '.length - percent.length - 1
    const said = text(predicted.slice(0, room), text('said ', left, top + line, grey), top + line, red)
    text(percent, said + advance * letter, top + line, grey)
    for (let y = 0; y < picture.height; y++)
      for (let x = 0; x < picture.width; x++) {
        const v = Math.round(Math.min(1, Math.max(0, picture.data[y * picture.width + x]!)) * 255)
        square(left + x * scale, top + 2 * line + y * scale, scale, [v, v, v])
      }
  })
  return encode({ width, height, data, channels: 3, depth: 8 })
}
