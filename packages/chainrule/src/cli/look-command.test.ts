import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readImage } from '../vision/index.ts'
import { buildProgram, type TestProgram } from './program.testing.ts'

let folder: string
let run: TestProgram['run']
beforeAll(async () => {
  ;({ folder, run } = await buildProgram())
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('looks inside a trained network and writes what it sees', async () => {
  run('train', '--limit', '300', '-e', '1', '-o', join(folder, 'run'))
  const checkpoint = join(folder, 'run', 'checkpoint.safetensors')
  const out = join(folder, 'seen')
  const few = ['--limit', '40', '--steps', '3', '--patches', '4']
  const { status, stdout, stderr, lines } = run('look', checkpoint, '-i', '2', '-o', out, ...few)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(lines).toHaveLength(11)
  expect(stdout).toContain(`${join(out, 'picture.png')}: test sample 2, truly `)
  const sizes = { 'filters-0': 46, 'activations-0': 339, saliency: 453, 'patches-3': 229, 'ascent-classes': 566 }
  for (const [name, width] of Object.entries(sizes))
    expect((await readImage(join(out, `${name}.png`))).shape[2], name).toBeGreaterThanOrEqual(width)
  expect(existsSync(join(out, 'ascent-3.png'))).toBe(true)

  expect(run('look', checkpoint, '-l', '99').stderr).toMatch(
    /^error: look: the model has no layer '99'; it has 0, 1, 2, /,
  )
})
