/** Pictures as tensors: [channels, height, width] in [0, 1]. The decoders load when first needed. */
import { DataError } from '../../errors.ts'
import { readFile, reason } from '../../io/files.ts'
import { tensor } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/types.ts'
import type { Raster } from './raster.ts'

export type Picture = Tensor<[channels: number, height: number, width: number]>

/**
 * A PNG or JPEG file as [1, height, width] when it is grey and [3, height, width] when it has colours, in [0, 1]; what is transparent is
 * put on white. Needs a file system.
 * @throws DataError when the file cannot be read, is no PNG or JPEG, is truncated, or has more than 64 megapixels
 */
export async function readImage(path: string): Promise<Picture> {
  const bytes = await readFile(path).catch(error => {
    throw new DataError(`${path} cannot be read: ${reason(error)}`, path, { cause: error })
  })
  return decodeImage(bytes, path)
}

/** The same of the bytes of a file, also in a browser; `name` is for error messages. */
export async function decodeImage(bytes: Uint8Array, name = 'the picture'): Promise<Picture> {
  const { channels, height, width, data } = await decoded(bytes, name)
  const planes = new Float32Array(data.length)
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < channels; c++) planes[c * width * height + i] = data[i * channels + c]!
  return tensor(planes).reshape([channels, height, width]) as unknown as Picture
}

async function decoded(bytes: Uint8Array, name: string): Promise<Raster> {
  const png = await import('./png.ts')
  if (png.isPng(bytes)) return png.decodePng(bytes, name)
  const jpeg = await import('./jpeg.ts')
  if (jpeg.isJpeg(bytes)) return jpeg.decodeJpeg(bytes, name)
  throw new DataError(
    bytes.length === 0 ? `${name} is empty` : `${name} is neither a PNG nor a JPEG file; convert it first`,
    name,
  )
}
