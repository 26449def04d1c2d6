/** Numbers made visible: brightness, colours, several pictures as one. */
import { beforeAll, expect, test } from 'vitest'
import { jsDevice } from '../../device/js/device.ts'
import { tensor, zeros } from '../../tensor/create.ts'
import { setDevice } from '../../tensor/runtime.ts'
import { grid, heatmap, stretch } from './index.ts'

beforeAll(() => {
  setDevice(jsDevice())
})

test('stretch', async () => {
  const x = tensor([[-1, 0, 3]])
  expect(await stretch(x).array()).toEqual([[0, 0.25, 1]])
  expect(await stretch(x, 'magnitude').array()).toEqual([[Math.fround(1 / 3), 0, 1]])
  expect((await stretch(x, 'signed').array()).flat().map(v => Number(v.toFixed(4)))).toEqual([0.3333, 0.5, 1])
  expect(await stretch(zeros([1, 2])).array()).toEqual([[0, 0]])
  const batch = tensor([0, 1, 0, 10]).reshape([2, 1, 1, 2])
  expect(await stretch(batch).reshape([2, 2]).array(), 'each picture by itself').toEqual([
    [0, 1],
    [0, 1],
  ])
  expect(() => stretch(x, 'log' as never)).toThrow("stretch: there is no 'log'; there is range, signed, magnitude")
})

test('grid', async () => {
  const three = tensor([1, 2, 3]).reshape([3, 1, 1, 1])
  expect(await grid(three, { columns: 2, background: 9 }).at(0).array()).toEqual([
    [9, 9, 9, 9, 9],
    [9, 1, 9, 2, 9],
    [9, 9, 9, 9, 9],
    [9, 3, 9, 9, 9],
    [9, 9, 9, 9, 9],
  ])
  expect(await grid(three, { columns: 3, gap: 0, scale: 2 }).at(0).array()).toEqual([
    [1, 1, 2, 2, 3, 3],
    [1, 1, 2, 2, 3, 3],
  ])
  const list = [1, 2, 3].map(v => tensor([[[v]]]))
  expect(await grid(list).array()).toEqual(await grid(three).array())
  expect(() => grid([])).toThrow('grid: there is no picture in the list')
  expect(() => grid(zeros([3, 4, 4]))).toThrow('grid: expected pictures [n, channels, height, width], got [3, 4, 4]')
  expect(() => grid(three, { columns: 0 })).toThrow('grid: columns must be a whole number >= 1, got 0')
})

test('heatmap: white at 0, red above, blue below', async () => {
  const [red, green, blue] = await heatmap(tensor([[-2, 0, 2]])).array()
  expect([red![0], green![0], blue![0]]).toEqual([
    [0, 1, 1],
    [0, 1, 0],
    [1, 1, 0],
  ])
  expect(() => heatmap(zeros([2, 3, 3]))).toThrow('heatmap: expected numbers [height, width], got [2, 3, 3]')
})
