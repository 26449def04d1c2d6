/** Pictures of the reader's, in greys, small enough that every pixel can be chosen. They stay in this page: no address holds them. */

export interface Picture {
  readonly width: number
  readonly height: number
  /** Greys from 0 to 1, row after row. */
  readonly pixels: Float32Array
}
/** As large as the cat. */
export const largest = { width: 96, height: 64 } as const

const own = new Map<string, Picture>()
/** The picture that was read under this name. */
export const ownPicture = (name: string): Picture | undefined => own.get(name)

/** Width and height that fit, in the proportion of the picture; nothing is made larger. */
export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, largest.width / width, largest.height / height)
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}
/** Luma of ITU-R BT.601, from bytes of red, green, blue and alpha over white. */
export const greys = (bytes: ArrayLike<number>): Float32Array =>
  Float32Array.from({ length: bytes.length / 4 }, (_, i) => {
    const [r, g, b, a] = [0, 1, 2, 3].map(k => bytes[4 * i + k]! / 255) as [number, number, number, number]
    return a * (0.299 * r + 0.587 * g + 0.114 * b) + 1 - a
  })

/** Reads any picture that the browser can; the error of another file names it. */
export async function readPicture(file: File): Promise<void> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file)
  } catch {
    throw new Error(
      `“${file.name}” is no picture that this browser can read: it is damaged, or of another kind than PNG, JPEG, WebP, GIF, AVIF, BMP`,
    )
  }
  const { width, height } = fitted(bitmap.width, bitmap.height)
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  const context = canvas.getContext('2d')!
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  own.set(file.name, { width, height, pixels: greys(context.getImageData(0, 0, width, height).data) })
}
