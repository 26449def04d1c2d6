import { expect, test } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

const at = async (hash: string) => model.derive(parseState(model.schema, hash).state)

test('the slide without padding: −2 first, and the whole map', async () => {
  const d = await at('')
  expect(d.sum).toBe(-2)
  expect(d.out).toEqual([
    [-2, -1, 3],
    [2, 5, 8],
    [-2, 0, -1],
  ])
  expect(d.products.reduce((s, p) => s + p.product, 0)).toBe(-2)
  expect((await at('mode=convolution')).sum).toBe(-1)
})
test('with padding: −1 first, the size stays', async () => {
  const d = await at('pad=1')
  expect(d.sum).toBe(-1)
  expect(d.out).toEqual([
    [-1, 2, 2, -1, -2],
    [2, -2, -1, 3, -1],
    [3, 2, 5, 8, 2],
    [2, -2, 0, -1, -3],
    [1, 5, 4, 1, 2],
  ])
  expect((await at('pad=1&mode=convolution')).sum).toBe(4)
  expect(d.centres!.flat().every(Boolean)).toBe(true)
})
test('stride 2', async () => {
  expect((await at('sy=2&sx=2')).out).toEqual([
    [-2, 3],
    [-2, -1],
  ])
  const d = await at('sy=2&sx=2&pad=1')
  expect(d.out).toEqual([
    [-1, 2, -2],
    [3, 5, 2],
    [1, 4, 2],
  ])
})
test('how often each pixel is read, and who is a centre', async () => {
  const d = await at('')
  expect(d.reads).toEqual([
    [1, 2, 3, 2, 1],
    [2, 4, 6, 4, 2],
    [3, 6, 9, 6, 3],
    [2, 4, 6, 4, 2],
    [1, 2, 3, 2, 1],
  ])
  expect(d.centres!.map(row => row.map(Number))).toEqual([
    [0, 0, 0, 0, 0],
    [0, 1, 1, 1, 0],
    [0, 1, 1, 1, 0],
    [0, 1, 1, 1, 0],
    [0, 0, 0, 0, 0],
  ])
})
test('a kernel that fits nowhere, and one that is not square', async () => {
  expect((await at('x=1,2;3,4')).out).toEqual([])
  const d = await at('k=1,0,-1&sx=2')
  expect(d.size).toEqual([5, 2])
  expect(d.out[0]).toEqual([1, -1])
})
