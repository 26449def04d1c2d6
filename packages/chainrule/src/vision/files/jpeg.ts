/** JPEG files, baseline and progressive. The orientation that cameras note beside the picture is not applied. */
import { decode, encode } from 'jpeg-js'
import { DataError } from '../../errors.ts'
import { bytesOf } from './png.ts'
import { mostPixels, type Raster } from './raster.ts'

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff

/** @throws DataError when the file is truncated, broken or larger than 64 megapixels */
export function decodeJpeg(bytes: Uint8Array, path: string): Raster {
  const { width, height, data } = decoded(bytes, path)
  const grey = isGrey(data)
  const values = new Float32Array(grey ? width * height : data.length)
  for (let i = 0; i < values.length; i++) values[i] = data[grey ? 3 * i : i]! / 255
  return { width, height, channels: grey ? 1 : 3, data: values }
}

/** Whether all pixels have three equal channels. */
function isGrey(data: Uint8Array): boolean {
  for (let i = 0; i < data.length; i += 3) if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false
  return true
}

function decoded(bytes: Uint8Array, path: string): { width: number; height: number; data: Uint8Array } {
  // the decoder takes what is missing at the end for grey
  const end = bytes.lastIndexOf(0xd9)
  const complete = end > 0 && bytes[end - 1] === 0xff
  try {
    if (!complete) throw new Error('the end is missing')
    return decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: mostPixels / 1e6,
      maxMemoryUsageInMB: 2048,
    })
  } catch (error) {
    throw new DataError(`${path} is a broken JPEG file (${(error as Error).message})`, path, { cause: error })
  }
}

/** @param quality 1 … 100 */
export function encodeJpeg({ width, height, channels, data }: Raster, quality: number): Uint8Array {
  const values = bytesOf(data)
  const rgba = new Uint8Array(width * height * 4).fill(255)
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = values[channels === 3 ? 3 * i + c : i]!
  return encode({ width, height, data: rgba }, quality).data
}
