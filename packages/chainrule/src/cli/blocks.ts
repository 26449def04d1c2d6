/**
 * Grey pictures in a terminal: two pixels to a character, the upper as the colour of ▀ and the lower as its background; without
 * colours the mean of both as one of ten characters.
 */

/** Values in [0, 1], row by row. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: ArrayLike<number>
}

const ramp = ' .:-=+*#%@'

/** The lines of a picture; every line is `width` characters wide. */
export function blocks({ width, height, data }: Picture, depth: number): string[] {
  const at = (x: number, y: number): number => (y < height ? Math.min(1, Math.max(0, data[y * width + x]!)) : 0)
  const lines: string[] = []
  for (let y = 0; y < height; y += 2) {
    let line = ''
    for (let x = 0; x < width; x++) {
      const upper = at(x, y)
      const lower = at(x, y + 1)
      line +=
        depth >= 8
          ? `\x1b[38;${grey(upper, depth)};48;${grey(lower, depth)}m▀`
          : ramp[Math.round(((upper + lower) / 2) * (ramp.length - 1))]!
    }
    lines.push(depth >= 8 ? `${line}\x1b[0m` : line)
  }
  return lines
}

/** A grey of 24 bits, or of the 24 greys of the 256-colour palette. */
function grey(value: number, depth: number): string {
  const byte = Math.round(value * 255)
  return depth >= 24 ? `2;${byte};${byte};${byte}` : `5;${232 + Math.round(value * 23)}`
}

/** Pictures beside each other with a caption above each. Captions are cut to the width of their picture. */
export function beside(pictures: readonly { picture: Picture; caption: string }[], depth: number, gap = 2): string[] {
  const space = ' '.repeat(gap)
  const drawn = pictures.map(p => blocks(p.picture, depth))
  const rows = Math.max(0, ...drawn.map(d => d.length))
  return [
    pictures
      .map(p => p.caption.slice(0, p.picture.width).padEnd(p.picture.width))
      .join(space)
      .trimEnd(),
    ...Array.from({ length: rows }, (_, row) => drawn.map(d => d[row] ?? '').join(space)),
  ]
}
