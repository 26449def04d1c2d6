/**
 * A PNG of any size as the model wants it: 28×28, grey, bright on dark. Digits are prepared as MNIST's were (LeCun et al.
 * 1998, section III.A): the drawing is cut out, scaled to fit 20×20 keeping its proportions, and placed with its centre of mass
 * in the middle.
 */
import { DataError } from '../errors.ts'
import { decodePng, isPng } from '../vision/files/png.ts'
import type { Raster } from '../vision/files/raster.ts'
import type { Picture } from './blocks.ts'

const side = 28
const box = 20

/** @throws DataError when the bytes are no PNG that can be read, or the picture is empty */
export function readImage(bytes: Uint8Array, path: string, centred: boolean): Picture {
  if (!isPng(bytes)) throw new DataError(`${path} is not a PNG file; convert it first`, path)
  const picture = brightOnDark(greyOf(decodePng(bytes, path)))
  if (picture.width === side && picture.height === side) return picture
  const cut = drawing(picture, path)
  return centred ? centre(fit(cut, box)) : paste(fit(cut, side), 0, 0)
}

/** Luma (Rec. 601). */
function greyOf({ width, height, channels, data }: Raster): Picture {
  const luma = (i: number): number => 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!
  return {
    width,
    height,
    data: channels === 1 ? data : Float32Array.from({ length: width * height }, (_, i) => luma(3 * i)),
  }
}

/** A light border means dark on light, as on paper: the picture is inverted. */
function brightOnDark({ width, height, data }: Picture): Picture {
  const border: number[] = []
  for (let x = 0; x < width; x++) border.push(data[x]!, data[(height - 1) * width + x]!)
  for (let y = 0; y < height; y++) border.push(data[y * width]!, data[y * width + width - 1]!)
  border.sort((a, b) => a - b)
  const light = border[border.length >> 1]! > 0.5
  return { width, height, data: light ? Float32Array.from(data, v => 1 - v) : data }
}

/** The part that is brighter than the background, stretched to the full range. */
function drawing({ width, height, data }: Picture, path: string): Picture {
  let low = Infinity
  let high = -Infinity
  for (let i = 0; i < data.length; i++) {
    low = Math.min(low, data[i]!)
    high = Math.max(high, data[i]!)
  }
  if (high - low < 0.1) throw new DataError(`${path} shows nothing: all pixels are alike`, path)
  const value = (x: number, y: number): number => (data[y * width + x]! - low) / (high - low)
  let [left, right, top, bottom] = [width, -1, height, -1]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (value(x, y) > 0.25) {
        left = Math.min(left, x)
        right = Math.max(right, x)
        top = Math.min(top, y)
        bottom = Math.max(bottom, y)
      }
  const cut = { width: right - left + 1, height: bottom - top + 1 }
  const values = new Float32Array(cut.width * cut.height)
  for (let i = 0; i < values.length; i++) values[i] = value(left + (i % cut.width), top + Math.floor(i / cut.width))
  return { ...cut, data: values }
}

/** Scaled so that the longer side is `size`; every new pixel is the mean of what it covers. */
function fit({ width, height, data }: Picture, size: number): Picture {
  const scale = Math.max(width, height) / size
  const w = Math.max(1, Math.round(width / scale))
  const h = Math.max(1, Math.round(height / scale))
  const values = new Float32Array(w * h)
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      let sum = 0
      let weight = 0
      for (const [j, share] of covered(y, height / h, height))
        for (const [i, part] of covered(x, width / w, width)) {
          sum += share * part * data[j * width + i]!
          weight += share * part
        }
      values[y * w + x] = sum / weight
    }
  return { width: w, height: h, data: values }
}

/** The old pixels under new pixel `index`, each with how much of it is covered. */
function covered(index: number, step: number, length: number): [number, number][] {
  const begin = index * step
  const end = Math.min(length, begin + step)
  const parts: [number, number][] = []
  for (let i = Math.floor(begin); i < end; i++) parts.push([i, Math.min(end, i + 1) - Math.max(begin, i)])
  return parts
}

function centre(picture: Picture): Picture {
  const { width, height, data } = picture
  let [mass, mx, my] = [0, 0, 0]
  for (let i = 0; i < data.length; i++) {
    mass += data[i]!
    mx += data[i]! * (i % width)
    my += data[i]! * Math.floor(i / width)
  }
  const inside = (shift: number, size: number): number => Math.max(0, Math.min(side - size, Math.round(shift)))
  return paste(picture, inside((side - 1) / 2 - mx / mass, width), inside((side - 1) / 2 - my / mass, height))
}

/** On a dark 28×28 picture; in the middle where no place is given. */
function paste({ width, height, data }: Picture, left: number, top: number): Picture {
  const x0 = left || (side - width) >> 1
  const y0 = top || (side - height) >> 1
  const values = new Float32Array(side * side)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) values[(y0 + y) * side + x0 + x] = data[y * width + x]!
  return { width: side, height: side, data: values }
}
