import * as chainrule from 'chainrule'
import { expect, test, vi } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { readCsv } from './data.ts'
import { model } from './model.ts'

const stateOf = (hash: string) => parseState(model.schema, hash).state
const at = (hash: string) => model.derive(stateOf(hash))
const right = ({ confusion }: { confusion: readonly (readonly number[])[] }) => confusion[0]![0]! + confusion[1]![1]!

test('one hidden unit cannot do XOR, three can', async () => {
  expect(right(await at('hid=1&step=1000'))).toBeLessThan(4)
  expect(right(await at('hid=3&step=1000'))).toBe(4)
})
test('stepping back gives the same bits', async () => {
  const before = await at('step=20')
  await at('step=40')
  expect((await at('step=20')).layers).toEqual(before.layers)
})
test('CSV: what is wrong is named with line and column', () => {
  expect(readCsv('x,y,class\n0,0,0\n1,1,1')).toEqual({ points: [[0, 0, 0], [1, 1, 1]] }) // biome-ignore format: points
  expect(readCsv('0,0,0\n1,two,1').problem).toBe('line 2, column 2: “two” is not a number')
  expect(readCsv('0,0,0\n1,1').problem).toMatch(/^line 2 has 2 columns/)
  expect(readCsv('0,0,0\n\n1,1,7').problem).toMatch(/^line 3, column 3/)
  expect(readCsv('').problem).toMatch(/two points/)
})
test('points of one’s own are learned', async () => {
  const d = await at(`data=own&csv=${encodeURIComponent('-1,0,0\n-2,1,0\n1,0,1\n2,1,1')}&hid=&step=100`)
  expect(d.problem).toBeUndefined()
  expect(right(d)).toBe(4)
})
test('a diverging training says why, and where it was still finite', async () => {
  const d = await at('data=gaussians&hid=8,8&act=relu&loss=linear&lr=5&step=40')
  expect(d.divergence).toMatch(/learning rate/)
  expect(d.lastFinite).toBeLessThan(40)
  expect(
    Number.isFinite((await at(`data=gaussians&hid=8,8&act=relu&loss=linear&lr=5&step=${d.lastFinite}`)).loss),
  ).toBe(true)
})
test('the program of a trained state computes its outputs', async () => {
  const state = stateOf('data=moons&hid=4,3&step=30&seed=5')
  const shown = await model.derive(state)
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const body = model.code(state).replace(/import (\{[^}]*\}) from 'chainrule'/, 'const $1 = chainrule')
  const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => (c: unknown) => Promise<void>
  await new AsyncFunction('chainrule', body)(chainrule)
  const logged = (log.mock.calls[0]![0] as number[][]).flat()
  log.mockRestore()
  expect(logged).toHaveLength(shown.outputs.length)
  logged.forEach((value, i) => {
    expect(value).toBeCloseTo(shown.outputs[i]!, 4)
  })
})
