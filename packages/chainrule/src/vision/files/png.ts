/** PNG files: every kind of pixel there is becomes grey or colour in [0, 1], on white where it is transparent. */
import { type DecodedPng, decode, encode, hasPngSignature } from 'fast-png'
import { DataError } from '../../errors.ts'
import { mostPixels, type Raster } from './raster.ts'

export const isPng = (bytes: Uint8Array): boolean => hasPngSignature(bytes)

/** @throws DataError when the file is truncated, broken or larger than 64 megapixels */
export function decodePng(bytes: Uint8Array, path: string): Raster {
  const png = decoded(bytes, path)
  const { width, height, depth, palette } = png
  const full = palette ? 255 : 2 ** depth - 1
  const channels = palette || png.channels >= 3 ? 3 : 1
  const data = new Float32Array(width * height * channels)
  for (let i = 0; i < width * height; i++) {
    const colour = palette?.[sampleOf(png, i, 0, 1)]
    const stored = colour?.length ?? png.channels
    const at = (c: number): number => (colour?.[c] ?? sampleOf(png, i, c, stored)) / full
    const alpha = stored % 2 === 0 ? at(stored - 1) : 1
    for (let c = 0; c < channels; c++) data[i * channels + c] = at(c) * alpha + (1 - alpha)
  }
  return { width, height, channels, data }
}

function decoded(bytes: Uint8Array, path: string): DecodedPng {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [width, height] = bytes.length >= 24 ? [view.getUint32(16), view.getUint32(20)] : [0, 0]
  if (width * height > mostPixels || width * height === 0)
    throw new DataError(`${path} claims ${width}×${height} pixels; give a picture of up to 64 megapixels`, path)
  try {
    return decode(bytes, { checkCrc: true })
  } catch (error) {
    const problem = (error as Error).message.replace(/[\s:]+$/, '')
    throw new DataError(`${path} is a broken PNG file${problem && ` (${problem})`}`, path, { cause: error })
  }
}

/** A channel of pixel `i`; less than eight bits are packed, the first in the highest bits, and rows begin on a byte. */
function sampleOf({ width, depth, data }: DecodedPng, i: number, channel: number, channels: number): number {
  if (depth >= 8) return data[i * channels + channel]!
  const x = i % width
  const perByte = 8 / depth
  const byte = data[Math.floor(i / width) * Math.ceil(width / perByte) + Math.floor(x / perByte)]!
  return (byte >> (8 - depth * ((x % perByte) + 1))) & (2 ** depth - 1)
}

/** Eight bits a channel. */
export const encodePng = ({ width, height, channels, data }: Raster): Uint8Array =>
  encode({ width, height, channels, depth: 8, data: bytesOf(data) })

/** 0 … 255, what is outside [0, 1] cut off. */
export const bytesOf = (data: Float32Array): Uint8Array =>
  Uint8Array.from(data, v => Math.round(Math.min(1, Math.max(0, v)) * 255))
