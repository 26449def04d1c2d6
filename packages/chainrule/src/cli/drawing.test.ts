import { crc32, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { decode, encode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { DataError } from '../errors.ts'
import type { EpochEvent, StepEvent } from '../train/events.ts'
import { beside, blocks, type Picture } from './blocks.ts'
import { barLine, epochLine } from './live.ts'
import { mistakesPng } from './mistakes.ts'
import { readImage } from './read-image.ts'
import { confusionTable, probabilityBars, table } from './table.ts'
import { fitting, painter, showBytes, showSeconds, terminalOf } from './terminal.ts'

const plain = { depth: 1, columns: 80, live: false }
const picture = (width: number, height: number, value: (x: number, y: number) => number): Picture => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
})

describe('terminal', () => {
  const tty = { isTTY: true, columns: 100, getColorDepth: () => 24 } as unknown as NodeJS.WriteStream
  const pipe = { isTTY: false } as unknown as NodeJS.WriteStream
  it('knows colours, width and whether lines can be drawn over', () => {
    expect(terminalOf(tty, {})).toEqual({ depth: 24, columns: 100, live: true })
    expect(terminalOf(tty, { NO_COLOR: '1' })).toMatchObject({ depth: 1, live: true })
    expect(terminalOf(tty, { CI: 'true' }).live).toBe(false)
    expect(terminalOf(tty, { TERM: 'dumb' }).live).toBe(false)
    expect(terminalOf(pipe, {})).toEqual({ depth: 1, columns: 80, live: false })
    expect(terminalOf(pipe, { FORCE_COLOR: '3' })).toMatchObject({ depth: 24, live: false })
    expect(terminalOf(pipe, { FORCE_COLOR: '3', NO_COLOR: '1' }).depth).toBe(1)
  })
  it('paints only where there are colours', () => {
    expect(painter(plain)('red', 'x')).toBe('x')
    expect(painter({ ...plain, depth: 4 })('red', 'x')).toBe('\x1b[31mx\x1b[0m')
  })
  it('leaves out what does not fit, the least important first', () => {
    const parts = [{ text: 'epoch' }, { text: 'loss', drop: 1 }, { text: 'step', drop: 3 }, { text: 'peak', drop: 2 }]
    const at = (width: number) => fitting(parts, width).map(p => p.text)
    expect(at(23)).toEqual(['epoch', 'loss', 'step', 'peak'])
    expect(at(22)).toEqual(['epoch', 'loss', 'peak'])
    expect(at(16)).toEqual(['epoch', 'loss'])
    expect(at(3)).toEqual(['epoch'])
  })
  it('writes sizes and times for people', () => {
    expect([0, 999, 1000, 123_456, 5e9].map(showBytes)).toEqual(['0 B', '999 B', '1.0 kB', '123 kB', '5.0 GB'])
    expect([0.4, 59.6, 65, 7380, Infinity].map(showSeconds)).toEqual(['0s', '1m00s', '1m05s', '2h03m', '-'])
  })
})

describe('training as it is watched', () => {
  const scores = { loss: 12.3456, accuracy: 0.9876 }
  const common = { epoch: 12, epochs: 12, step: 11250, learningRate: 1e-3 }
  const epoch: EpochEvent = { ...common, type: 'epoch', train: scores, validation: scores, seconds: 123.4 }
  const step: StepEvent = {
    ...common,
    type: 'step',
    batch: 468,
    batches: 938,
    samples: 64,
    scores,
    mean: scores,
    samplesPerSecond: 123_456,
    secondsLeft: 3725,
    peakBytes: 1e8,
  }
  it.each([70, 80, 100, 120, 200])('fits %i columns', columns => {
    const terminal = { depth: 1, columns, live: true }
    expect(epochLine(epoch, 123_456, { terminal, paint: painter(terminal) }).length).toBeLessThan(columns)
    const line = barLine(step, 0.5, columns)
    expect(line.length).toBeLessThan(columns)
    expect(line).toMatch(/^epoch 12\/12 {2}█{4,15}░{4,15} {2}/)
    expect(line).toContain('loss 12.3456')
    if (columns >= 80) expect(line).toContain('1h02m left')
    if (columns >= 120) expect(line).toContain('images/s')
    if (columns >= 200) expect(line).toContain('peak')
  })
})

describe('blocks', () => {
  const corner = picture(2, 3, (x, y) => (x === 0 && y === 0 ? 1 : 0))
  it('puts two pixels into a character, in 24 bits or greys', () => {
    expect(blocks(corner, 24)).toEqual([
      '\x1b[38;2;255;255;255;48;2;0;0;0m▀\x1b[38;2;0;0;0;48;2;0;0;0m▀\x1b[0m',
      '\x1b[38;2;0;0;0;48;2;0;0;0m▀\x1b[38;2;0;0;0;48;2;0;0;0m▀\x1b[0m',
    ])
    expect(blocks(corner, 8)[0]).toContain('\x1b[38;5;255;48;5;232m▀')
  })
  it('draws with letters without colours, in equally wide lines', () => {
    expect(blocks(corner, 1)).toEqual(['+ ', '  '])
    const lines = beside(
      [
        { picture: corner, caption: 'too long' },
        { picture: corner, caption: 'b' },
      ],
      1,
    )
    expect(lines).toEqual(['to  b', '+   + ', '      '])
  })
})

describe('tables', () => {
  it('align', () => {
    expect(
      table(
        [
          ['a', 'b'],
          ['long', '7'],
        ],
        'lr',
      ),
    ).toEqual(['a     b', 'long  7'])
    const lines = confusionTable(
      [
        [98, 2],
        [0, 0],
      ],
      ['cat', 'dog'],
      plain,
    )
    expect(lines).toEqual([
      '      predicted',
      'true  cat dog   right',
      'cat    98   2   98.0%',
      'dog     .   .       -',
    ])
  })
  it('bars: the most probable first', () => {
    const lines = probabilityBars([0.25, 0.75], ['a', 'b'], { ...plain, columns: 33 })
    expect(lines).toEqual(['b  75.0% ███████████████', 'a  25.0% █████'])
  })
})

describe('mistakesPng', () => {
  it('shows every picture enlarged, with a caption in colours', () => {
    const white = picture(28, 28, () => 1)
    const mistake = { picture: white, truth: 'Ankle boot', predicted: 'T-shirt/top', confidence: 0.99 }
    const { width, height, data, channels } = decode(mistakesPng([mistake, mistake, mistake], 2))
    expect([width, height, channels]).toEqual([8 + 2 * 148, 8 + 2 * 176, 3])
    let pixels = 0
    const colours = new Set<string>()
    for (let i = 0; i < data.length; i += 3) {
      const colour = `${data[i]},${data[i + 1]},${data[i + 2]}`
      colours.add(colour)
      if (colour === '255,255,255') pixels++
    }
    expect(pixels).toBe(3 * 140 * 140)
    expect(colours.size).toBe(5)
    expect(decode(mistakesPng([])).width).toBeGreaterThan(0)
  })
})

/** A PNG of any kind: rows are given as they are stored. */
function png(
  width: number,
  height: number,
  depth: number,
  type: number,
  rows: number[][],
  extra: [string, number[]][] = [],
): Uint8Array {
  const chunk = (name: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(name), data])
    const sizes = Buffer.alloc(8)
    sizes.writeUInt32BE(data.length, 0)
    sizes.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([sizes.subarray(0, 4), body, sizes.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, type, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    ...extra.map(([name, data]) => chunk(name, Uint8Array.from(data))),
    chunk('IDAT', deflateSync(Uint8Array.from(rows.flatMap(r => [0, ...r])))),
    chunk('IEND', new Uint8Array(0)),
  ])
}
const grey = (p: Picture, scale = 255): Uint8Array =>
  encode({ width: p.width, height: p.height, channels: 1, depth: 8, data: Uint8Array.from(p.data, v => v * scale) })

describe('readImage', () => {
  const bar = picture(28, 28, (x, y) => (x >= 12 && x < 16 && y >= 4 && y < 24 ? 1 : 0))
  /** Where the bright pixels are. */
  const bounds = ({ width, data }: Picture) => {
    const on = Array.from(data as Float32Array, (v, i) => (v > 0.5 ? i : -1)).filter(i => i >= 0)
    const xs = on.map(i => i % width)
    const ys = on.map(i => Math.floor(i / width))
    return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  }

  it('leaves a picture of the right size alone, but for a light background', async () => {
    expect(Array.from((await readImage(grey(bar), 'a', true)).data)).toEqual(Array.from(bar.data))
    const dark = { ...bar, data: Float32Array.from(bar.data, v => 1 - v) }
    expect(Array.from((await readImage(grey(dark), 'a', true)).data)).toEqual(Array.from(bar.data))
  })

  it('cuts out, scales and centres a drawing of any size', async () => {
    // a tall bar near the corner of a large sheet, dark on light
    const sheet = picture(200, 120, (x, y) => (x >= 150 && x < 160 && y >= 10 && y < 110 ? 0 : 1))
    const read = await readImage(grey(sheet), 'a', true)
    expect([read.width, read.height]).toEqual([28, 28])
    expect(bounds(read)).toEqual([13, 14, 4, 23])
    const free = await readImage(grey(sheet), 'a', false)
    expect(bounds(free)).toEqual([12, 14, 0, 27])
  })

  it('reads grey of 1, 2, 4, 8 and 16 bits, colours, palettes and transparency alike', async () => {
    const [w, h] = [9, 9] // 9 pixels: rows do not end on a byte for small depths
    const on = (x: number, y: number): boolean => x >= 3 && x < 6 && y >= 1 && y < 8
    const rows = (bits: number, samples: (v: boolean) => number[]): number[][] =>
      Array.from({ length: h }, (_, y) => {
        const text = Array.from({ length: w }, (_, x) =>
          samples(on(x, y))
            .map(s => s.toString(2).padStart(bits, '0'))
            .join(''),
        ).join('')
        return text.match(/.{1,8}/g)!.map(byte => Number.parseInt(byte.padEnd(8, '0'), 2))
      })
    const files: Record<string, Uint8Array> = {
      grey1: png(
        w,
        h,
        1,
        0,
        rows(1, v => [v ? 1 : 0]),
      ),
      grey2: png(
        w,
        h,
        2,
        0,
        rows(2, v => [v ? 3 : 0]),
      ),
      grey4: png(
        w,
        h,
        4,
        0,
        rows(4, v => [v ? 15 : 0]),
      ),
      grey8: png(
        w,
        h,
        8,
        0,
        rows(8, v => [v ? 255 : 0]),
      ),
      grey16: png(
        w,
        h,
        16,
        0,
        rows(16, v => [v ? 65535 : 0]),
      ),
      colour: png(
        w,
        h,
        8,
        2,
        rows(8, v => (v ? [255, 255, 255] : [0, 0, 0])),
      ),
      palette1: png(
        w,
        h,
        1,
        3,
        rows(1, v => [v ? 1 : 0]),
        [['PLTE', [0, 0, 0, 255, 255, 255]]],
      ),
      palette4: png(
        w,
        h,
        4,
        3,
        rows(4, v => [v ? 2 : 0]),
        [['PLTE', [0, 0, 0, 9, 9, 9, 255, 255, 255]]],
      ),
      // black where drawn, transparent elsewhere: as on white paper
      alpha: png(
        w,
        h,
        8,
        6,
        rows(8, v => (v ? [0, 0, 0, 255] : [0, 0, 0, 0])),
      ),
      greyAlpha: png(
        w,
        h,
        8,
        4,
        rows(8, v => (v ? [0, 255] : [77, 0])),
      ),
    }
    const expected = Array.from((await readImage(files.grey8!, 'a', true)).data)
    expect(expected.some(v => v > 0.9)).toBe(true)
    for (const [name, file] of Object.entries(files))
      expect([name, ...((await readImage(file, name, true)).data as Float32Array)]).toEqual([name, ...expected])
  })

  it('refuses what is no picture, or shows nothing', async () => {
    await expect(readImage(new TextEncoder().encode('GIF89a'), 'x.gif', true)).rejects.toThrow(
      'x.gif is neither a PNG nor a JPEG file',
    )
    await expect(readImage(grey(picture(40, 40, () => 0.5)), 'x', true)).rejects.toThrow('shows nothing')
    await expect(readImage(grey(bar).slice(0, 60), 'x', true)).rejects.toThrow(DataError)
    await expect(readImage(png(100_000, 100_000, 8, 0, [[0]]), 'x', true)).rejects.toThrow(
      'claims 100000×100000 pixels',
    )
  })

  it('survives changed files', async () => {
    const valid = grey(picture(40, 30, (x, y) => ((x * y) % 7) / 7))
    await fc.assert(
      fc.asyncProperty(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), async (at, byte, length) => {
        const bytes = valid.slice(0, length)
        bytes[at] = byte
        try {
          expect((await readImage(bytes, 'x', true)).data).toHaveLength(784)
        } catch (error) {
          expect(error).toBeInstanceOf(DataError)
        }
      }),
      { numRuns: 300 },
    )
  })
})
