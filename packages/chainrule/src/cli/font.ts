/** Letters of three by five pixels, for captions in pictures: each is five rows of three bits. */

const glyphs: Readonly<Record<string, readonly [number, number, number, number, number]>> = {
  '0': [7, 5, 5, 5, 7],
  '1': [2, 6, 2, 2, 7],
  '2': [7, 1, 7, 4, 7],
  '3': [7, 1, 7, 1, 7],
  '4': [5, 5, 7, 1, 1],
  '5': [7, 4, 7, 1, 7],
  '6': [7, 4, 7, 5, 7],
  '7': [7, 1, 1, 2, 2],
  '8': [7, 5, 7, 5, 7],
  '9': [7, 5, 7, 1, 7],
  A: [2, 5, 7, 5, 5],
  B: [6, 5, 6, 5, 6],
  C: [3, 4, 4, 4, 3],
  D: [6, 5, 5, 5, 6],
  E: [7, 4, 6, 4, 7],
  F: [7, 4, 6, 4, 4],
  G: [3, 4, 5, 5, 3],
  H: [5, 5, 7, 5, 5],
  I: [7, 2, 2, 2, 7],
  J: [1, 1, 1, 5, 2],
  K: [5, 5, 6, 5, 5],
  L: [4, 4, 4, 4, 7],
  M: [5, 7, 7, 5, 5],
  N: [6, 5, 5, 5, 5],
  O: [2, 5, 5, 5, 2],
  P: [6, 5, 6, 4, 4],
  Q: [2, 5, 5, 6, 3],
  R: [6, 5, 6, 5, 5],
  S: [3, 4, 2, 1, 6],
  T: [7, 2, 2, 2, 2],
  U: [5, 5, 5, 5, 7],
  V: [5, 5, 5, 5, 2],
  W: [5, 5, 7, 7, 5],
  X: [5, 5, 2, 5, 5],
  Y: [5, 5, 2, 2, 2],
  Z: [7, 1, 2, 4, 7],
  '-': [0, 0, 7, 0, 0],
  '/': [1, 1, 2, 4, 4],
  '.': [0, 0, 0, 0, 2],
  '%': [5, 1, 2, 4, 5],
  ' ': [0, 0, 0, 0, 0],
}
const unknown = [7, 1, 2, 0, 2] as const

export const glyphWidth = 3
export const glyphHeight = 5
/** From one letter to the next, in pixels of the font. */
export const advance = glyphWidth + 1

/** Calls `dot` for every pixel of the text, in pixels of the font. */
export function drawText(text: string, dot: (x: number, y: number) => void): void {
  ;[...text.toUpperCase()].forEach((letter, i) => {
    const rows = glyphs[letter] ?? unknown
    rows.forEach((bits, y) => {
      for (let x = 0; x < glyphWidth; x++) if (bits & (4 >> x)) dot(i * advance + x, y)
    })
  })
}
