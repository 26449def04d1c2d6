import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { filter, gaussianKernel, kernels, readImage, stretch } from '../vision/index.ts'
import { parseWeights } from './filter-command.ts'
import { buildProgram, type TestProgram } from './program.testing.ts'

let folder: string
let run: TestProgram['run']
beforeAll(async () => {
  ;({ folder, run } = await buildProgram())
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const cat = resolve(import.meta.dirname, '../../../../examples/pictures/cat.jpg')

/** The largest difference between a file and what it should show, in steps of a byte. */
async function far(path: string, expected: Awaited<ReturnType<typeof readImage>>): Promise<number> {
  return (await readImage(path)).sub(expected.clamp(0, 1)).abs().max().mul(255).item()
}

it('filters a photo', async () => {
  const path = join(folder, 'sharp.png')
  const { status, stdout, stderr } = run('filter', cat, '--kernel', 'sharpen', '-o', path)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toBe(`${path}: 451×300, sharpen, correlation\n`)
  const photo = await readImage(cat)
  expect(await far(path, filter(photo, kernels.sharpen, { border: 'replicate' }))).toBeLessThan(0.51)
  run('filter', cat, '-k', 'gaussian:3', '--border', 'wrap', '-o', path)
  expect(await far(path, filter(photo, gaussianKernel(3), { border: 'wrap' }))).toBeLessThan(0.51)
  run('filter', cat, '-w', '-1 0 1; -2 0 2; -1 0 1', '--show', 'signed', '--channels', 'cross', '-o', path)
  const edges = filter(photo, kernels.sobelX, { border: 'replicate', channels: 'cross' })
  expect(await far(path, stretch(edges, 'signed') as typeof photo)).toBeLessThan(0.51)
})

it('lists the kernels and helps', () => {
  const { stdout } = run('filter', '--list')
  for (const name of Object.keys(kernels)) expect(stdout).toMatch(new RegExp(`^${name} +`, 'm'))
  expect(stdout).toMatch(/^verticalLine +-3 +yes /m)
  expect(run('filter', '--help').stdout).toMatch(/--kernel.*--weights.*--normalize.*--border.*zero.*reflect/s)
})

it('weights of people', () => {
  expect(parseWeights('1/9 .5, -2e1 ; +3 4 5;')).toEqual([
    [1 / 9, 0.5, -20],
    [3, 4, 5],
  ])
  expect(() => parseWeights('1 two')).toThrow("filter: 'two' in --weights is no number")
  expect(() => parseWeights('1/0')).toThrow("filter: '1/0' in --weights is no number")
})

it('mistakes of people', () => {
  const small = join(mkdtempSync(join(folder, 'x-')), 'words.png')
  writeFileSync(small, 'words')
  const cases: [string[], RegExp][] = [
    [[], /^error: filter: give a PNG or JPEG file, or --list/],
    [[cat], /^error: filter: give --kernel <name> \(see --list\) or --weights <rows>/],
    [[cat, '-k', 'sharper'], /^error: there is no kernel 'sharper'; there is identity, box, /],
    [[cat, '-k', 'box:4'], /^error: boxKernel: size must be an odd number/],
    [[cat, '-k', 'box', '-o', 'x.gif'], /^error: writeImage: x\.gif must end in/],
    [[small, '-k', 'box'], /^error: .*words\.png is neither a PNG nor a JPEG file/],
  ]
  for (const [args, message] of cases) {
    const { status, stderr, stdout } = run('filter', ...args)
    expect([status, stdout], args.join(' ')).toEqual([1, ''])
    expect(stderr).toMatch(message)
  }
})
