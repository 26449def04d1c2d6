/** A small drawing in four greys, as it is kept in a state and written in an address: one base64 digit for three pixels. */
import type { Field } from './schema.ts'

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** 0 … 3 for each pixel, row after row. */
export type Drawing = Uint8Array

export interface DrawingField extends Field<string> {
  readonly kind: 'drawing'
  readonly side: number
}
/** A square of `side` pixels; an empty text is an empty drawing. */
export function drawing(title: string, side: number, initial = ''): DrawingField {
  return {
    kind: 'drawing',
    title,
    side,
    initial,
    parse(text) {
      const value = packDrawing(unpackDrawing(text, side))
      return value === text || text === '' ? { value } : { value, note: 'what was no drawing became white' }
    },
    format: value => value,
  }
}
/** Pixels of a written drawing; what is missing or makes no sense is 0. */
export function unpackDrawing(text: string, side: number): Drawing {
  const pixels = new Uint8Array(side * side)
  for (let i = 0; i < text.length && 3 * i < pixels.length; i++) {
    const bits = Math.max(0, digits.indexOf(text[i]!))
    for (let k = 0; k < 3 && 3 * i + k < pixels.length; k++) pixels[3 * i + k] = (bits >> (2 * k)) & 3
  }
  return pixels
}
export function packDrawing(pixels: Drawing): string {
  let text = ''
  for (let i = 0; i < pixels.length; i += 3)
    text += digits[pixels[i]! | ((pixels[i + 1] ?? 0) << 2) | ((pixels[i + 2] ?? 0) << 4)]
  return text.replace(/A+$/, '')
}
/** Brightness 0 … 1. */
export const brightness = (pixels: Drawing): Float32Array => Float32Array.from(pixels, v => v / 3)

/** A copy with a round pen set down at (x, y), in pixels. */
export function stroke(pixels: Drawing, side: number, x: number, y: number, radius: number, erase = false): Drawing {
  const copy = pixels.slice()
  for (let r = Math.max(0, Math.floor(y - radius - 1)); r <= Math.min(side - 1, y + radius + 1); r++)
    for (let c = Math.max(0, Math.floor(x - radius - 1)); c <= Math.min(side - 1, x + radius + 1); c++) {
      const far = Math.hypot(c + 0.5 - x, r + 0.5 - y)
      const ink = Math.round(3 * Math.min(1, Math.max(0, radius + 0.5 - far)))
      const i = r * side + c
      copy[i] = erase ? Math.min(copy[i]!, 3 - ink) : Math.max(copy[i]!, ink)
    }
  return copy
}
