/** Tensors as picture files. The encoders load when first needed. */
import { DataError, OptionError } from '../../errors.ts'
import { refuse } from '../../graph/refuse.ts'
import { show } from '../../graph/shape.ts'
import { reason, writeFileAtomic } from '../../io/files.ts'
import { checkOptions } from '../../nn/options.ts'
import { valuesOf } from '../../tensor/runtime.ts'
import type { TensorLike } from '../../tensor/types.ts'
import type { Raster } from './raster.ts'

export interface JpegOptions {
  /** Of a JPEG file, 1 … 100; 90 unless given. */
  readonly quality?: number
}

/**
 * Writes [height, width] or [1, height, width] as a grey and [3, height, width] as a coloured picture; 0 is black, 1 is white, what is
 * outside is cut off (see `stretch`). Needs a file system.
 * @param path its ending chooses the format: .png, .jpg or .jpeg
 * @throws OptionError for another ending, ShapeError for another shape, DataError when the file cannot be written
 */
export async function writeImage(path: string, image: TensorLike, options: JpegOptions = {}): Promise<void> {
  const bytes = await encoderFor(path, options)(await rasterOf('writeImage', image))
  await writeFileAtomic(path, bytes).catch(error => {
    throw new DataError(`${path} cannot be written: ${reason(error)}`, path, { cause: error })
  })
}

/** The bytes of a PNG file, also in a browser. */
export async function encodePng(image: TensorLike): Promise<Uint8Array> {
  const png = await import('./png.ts')
  return png.encodePng(await rasterOf('encodePng', image))
}

/** Chosen before anything is computed. */
export function encoderFor(path: string, options: JpegOptions = {}): (raster: Raster) => Promise<Uint8Array> {
  checkOptions('writeImage', options, { quality: true })
  const { quality = 90 } = options
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100))
    throw new OptionError('quality', `writeImage: quality must be a whole number from 1 to 100, got ${quality}`)
  const ending = /\.([^./\\]*)$/.exec(path)?.[1]?.toLowerCase()
  if (ending === 'png') return async raster => (await import('./png.ts')).encodePng(raster)
  if (ending === 'jpg' || ending === 'jpeg')
    return async raster => (await import('./jpeg.ts')).encodeJpeg(raster, quality)
  throw new OptionError('path', `writeImage: ${path} must end in .png, .jpg or .jpeg`)
}

async function rasterOf(operation: string, image: TensorLike): Promise<Raster> {
  const { shape } = image
  const [height, width] = shape.slice(-2) as [number, number]
  const channels = shape.length === 3 ? shape[0]! : 1
  if (shape.length < 2 || shape.length > 3 || (channels !== 1 && channels !== 3) || height * width === 0)
    refuse(
      operation,
      [shape],
      `expected [height, width], [1, height, width] or [3, height, width], got ${show(shape)}; see grid() for several pictures`,
    )
  const values = await valuesOf(image as never)
  const data = new Float32Array(values.length)
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < channels; c++) data[i * channels + c] = Number(values[c * width * height + i])
  return { width, height, channels, data }
}
