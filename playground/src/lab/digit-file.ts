/** Real handwritten digits in four greys, as one small file: two bits a pixel, then one byte a label. */

export const digitSide = 28
const size = digitSide * digitSide

/** Digits with pixels 0 … 3. */
export interface Digits {
  readonly pixels: Uint8Array
  readonly labels: Uint8Array
}
export interface DigitSets {
  readonly train: Digits
  readonly test: Digits
}

/** The four greys of pixels from 0 to 1. */
export const fourGreys = (pixels: ArrayLike<number>): Uint8Array => Uint8Array.from(pixels, v => Math.round(3 * v))

/** Both sets as bytes: how many digits each has, the pixels, the labels. */
export function packDigits({ train, test }: DigitSets): Uint8Array<ArrayBuffer> {
  const count = train.labels.length + test.labels.length
  const bytes = new Uint8Array(8 + (count * size) / 4 + count)
  new Uint32Array(bytes.buffer, 0, 2).set([train.labels.length, test.labels.length])
  let at = 8
  for (const { pixels } of [train, test])
    for (let i = 0; i < pixels.length; i += 4)
      bytes[at++] = pixels[i]! | (pixels[i + 1]! << 2) | (pixels[i + 2]! << 4) | (pixels[i + 3]! << 6)
  bytes.set(train.labels, at)
  bytes.set(test.labels, at + train.labels.length)
  return bytes
}
export function unpackDigits(bytes: Uint8Array): DigitSets {
  const counts = new Uint32Array(bytes.slice(0, 8).buffer)
  const [n, m] = [counts[0]!, counts[1]!]
  const pixels = new Uint8Array((n + m) * size)
  for (let i = 0; i < pixels.length; i++) pixels[i] = (bytes[8 + (i >> 2)]! >> (2 * (i & 3))) & 3
  const labels = bytes.slice(8 + ((n + m) * size) / 4)
  return {
    train: { pixels: pixels.subarray(0, n * size), labels: labels.subarray(0, n) },
    test: { pixels: pixels.subarray(n * size), labels: labels.subarray(n) },
  }
}
/** One digit as pixels from 0 to 1. */
export const digit = ({ pixels }: Digits, i: number): Float32Array =>
  Float32Array.from(pixels.subarray(i * size, (i + 1) * size), v => v / 3)

/** All digits as the engine's data sets want them: x [n, 1, 28, 28] from 0 to 1, y [n]. */
export const asArrays = ({ pixels, labels }: Digits) => ({
  x: {
    dtype: 'float32' as const,
    shape: [labels.length, 1, digitSide, digitSide],
    data: Float32Array.from(pixels, v => v / 3),
  },
  y: { dtype: 'int32' as const, shape: [labels.length], data: Int32Array.from(labels) },
})

/** A drawing with its weight in the middle, as the digits of MNIST have it. */
export function centred(pixels: Float32Array): Float32Array {
  let [sum, x, y] = [0, 0, 0]
  pixels.forEach((v, i) => {
    sum += v
    x += v * (i % digitSide)
    y += v * Math.floor(i / digitSide)
  })
  if (sum === 0) return pixels
  const [dx, dy] = [Math.round(13.5 - x / sum), Math.round(13.5 - y / sum)]
  return Float32Array.from(pixels, (_, i) => {
    const [r, c] = [Math.floor(i / digitSide) - dy, (i % digitSide) - dx]
    return r >= 0 && r < digitSide && c >= 0 && c < digitSide ? pixels[r * digitSide + c]! : 0
  })
}
