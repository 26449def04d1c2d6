/** Picture files: written and read again, every kind of PNG, JPEG beside its PNG, and files that are broken. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { encode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jsDevice } from '../../device/js/device.ts'
import { DataError, OptionError, ShapeError } from '../../errors.ts'
import { tensor, zeros } from '../../tensor/create.ts'
import { setDevice } from '../../tensor/runtime.ts'
import { decodeImage, encodePng, readImage, writeImage } from './index.ts'

const cat = resolve(import.meta.dirname, '../../../../../examples/pictures/cat.jpg')
let folder: string
beforeAll(async () => {
  setDevice(jsDevice())
  folder = await mkdtemp(join(tmpdir(), 'chainrule-pictures-'))
})
afterAll(() => rm(folder, { recursive: true }))
const message = (run: Promise<unknown>): Promise<string> => run.then(String, (error: Error) => error.message)

test('a PNG holds every byte: grey and colour', async () => {
  for (const channels of [1, 3]) {
    const bytes = Float32Array.from({ length: channels * 6 * 5 }, (_, i) => ((i * 37) % 256) / 255)
    const path = join(folder, 'deep', `${channels}.png`)
    await writeImage(path, tensor(bytes, { shape: [channels, 6, 5] }))
    const back = await readImage(path)
    expect(back.shape).toEqual([channels, 6, 5])
    expect(await back.data()).toEqual(bytes)
  }
})

test('what is outside [0, 1] is cut off, a picture without channels is grey', async () => {
  const back = await decodeImage(await encodePng(tensor([[-1, 0.2, 7]])))
  expect(back.shape).toEqual([1, 1, 3])
  expect(Array.from(await back.data())).toEqual([0, Math.fround(0.2), 1])
})

test('a JPEG is nearly its picture, better with more quality; grey stays grey', async () => {
  const photo = await readImage(cat)
  expect(photo.shape).toEqual([3, 300, 451])
  const far = async (quality: number): Promise<number> => {
    const path = join(folder, `${quality}.jpeg`)
    await writeImage(path, photo, { quality })
    return (await readImage(path)).sub(photo).abs().mean().item()
  }
  const [rough, fine] = [await far(10), await far(95)]
  expect(fine).toBeLessThan(0.01)
  expect(rough).toBeGreaterThan(2 * fine)
  const grey = join(folder, 'grey.jpg')
  await writeImage(grey, zeros([9, 7]))
  expect((await readImage(grey)).shape).toEqual([1, 9, 7])
})

describe('every kind of PNG', () => {
  const decoded = async (picture: Parameters<typeof encode>[0]): Promise<number[]> =>
    Array.from(await (await decodeImage(encode(picture))).data(), v => Math.round(v * 255))
  test('transparent grey and colour are put on white', async () => {
    expect(await decoded({ width: 2, height: 1, channels: 2, data: Uint8Array.of(0, 0, 10, 255) })).toEqual([255, 10])
    const rgba = Uint8Array.of(0, 100, 200, 255, 0, 0, 0, 0)
    expect(await decoded({ width: 2, height: 1, channels: 4, data: rgba })).toEqual([0, 255, 100, 255, 200, 255])
  })
  test('16 bits', async () => {
    expect(await decoded({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(0, 65535) })).toEqual([
      0, 255,
    ])
  })
})

describe('refusals', () => {
  test('truncated and foreign files', async () => {
    const jpeg = await readFile(cat)
    const png = await encodePng(await readImage(cat))
    const cases: [string, Uint8Array, RegExp][] = [
      ['half.jpg', jpeg.subarray(0, jpeg.length >> 1), /half.jpg is a broken JPEG file/],
      ['nearly.jpg', jpeg.subarray(0, jpeg.length - 2), /nearly.jpg is a broken JPEG file \(the end is missing\)/],
      ['head.jpg', jpeg.subarray(0, 20), /head.jpg is a broken JPEG file/],
      ['half.png', png.subarray(0, png.length >> 1), /half.png is a broken PNG file/],
      ['head.png', png.subarray(0, 20), /head.png claims 0×0 pixels/],
      ['words.png', new TextEncoder().encode('words'), /words.png is neither a PNG nor a JPEG file; convert it first/],
      ['empty.png', new Uint8Array(), /empty.png is empty/],
    ]
    for (const [name, bytes, expected] of cases) {
      const path = join(folder, name)
      await writeFile(path, bytes)
      await expect(readImage(path), name).rejects.toThrow(DataError)
      expect(await message(readImage(path)), name).toMatch(expected)
    }
    expect(await message(readImage(join(folder, 'none.png')))).toMatch(
      /none.png cannot be read: no such file or folder/,
    )
  })
  test('one byte changed in the middle of a JPEG never gives anything but a picture or a DataError', async () => {
    const jpeg = new Uint8Array(await readFile(cat))
    for (let i = 3; i < jpeg.length; i += Math.ceil(jpeg.length / 12)) {
      const changed = jpeg.slice()
      changed[i] = changed[i]! ^ 0x55
      const seen = await decodeImage(changed).then(
        p => p.shape.length,
        error => error,
      )
      expect(seen === 3 || seen instanceof DataError, `byte ${i}: ${seen}`).toBe(true)
    }
  })
  test('writing', async () => {
    const path = join(folder, 'x.png')
    await expect(writeImage(path, zeros([2, 4, 4]))).rejects.toThrow(ShapeError)
    expect(await message(writeImage(path, zeros([2, 4, 4])))).toBe(
      'writeImage: expected [height, width], [1, height, width] or [3, height, width], got [2, 4, 4]; see grid() for several pictures',
    )
    await expect(writeImage(join(folder, 'x.gif'), zeros([4, 4]))).rejects.toThrow(OptionError)
    expect(await message(writeImage('x.gif', zeros([4, 4])))).toBe('writeImage: x.gif must end in .png, .jpg or .jpeg')
    expect(await message(writeImage('x.jpg', zeros([4, 4]), { quality: 0 }))).toBe(
      'writeImage: quality must be a whole number from 1 to 100, got 0',
    )
    expect(await message(writeImage('/proc/x.png', zeros([4, 4])))).toMatch(/cannot be written/)
  })
})
