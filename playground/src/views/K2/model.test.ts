import { expect, test } from 'vitest'
import { formatState, initialState, parseState } from '../../frame/schema.ts'
import { model, pictures, type State } from './model.ts'

const on = async (picture: keyof typeof pictures, kernel: State['kernel']) =>
  model.derive({ ...initialState(model.schema), x: pictures[picture], kernel })

test.each([
  ['vertical', -3, 3],
  ['horizontal', -3, 3],
  ['corner', -1, 4],
  ['verticalZero', 0, 6],
] as const)('%s: %d on even ground, %d on its own pattern', async (kernel, even, itself) => {
  const d = await on('even and bright', kernel)
  expect(new Set(d.out.flat())).toEqual(new Set([even]))
  expect(d.sum).toBe(even)
  expect(d.itself).toBe(itself)
})
test('a dark line on bright ground answers −6', async () => {
  const d = await on('dark line on bright ground', 'vertical')
  expect(Math.min(...d.out.flat())).toBe(-6)
})
test('the detectors find what is in the picture', async () => {
  expect((await on('lines and a corner', 'vertical')).most).toBe(3)
  expect((await on('lines and a corner', 'horizontal')).most).toBe(3)
  const corner = await on('lines and a corner', 'corner')
  expect(corner.most).toBe(4)
  expect(corner.best).toEqual([1 * 7 + 4])
})
test('a picture survives its address', () => {
  const state = { ...initialState(model.schema), x: pictures['even and bright'] }
  expect(parseState(model.schema, formatState(model.schema, state)).state).toEqual(state)
})
