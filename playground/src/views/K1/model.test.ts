import { expect, test } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'
import { fitted, greys } from './own.ts'

const at = async (hash: string) => model.derive(parseState(model.schema, hash).state)

test('the slide’s 3×3: 2, as convolution −2, and the whole map with zeros outside', async () => {
  const d = await at('image=slide&row=2&column=2')
  expect(d.value).toBe(2)
  expect([...d.out]).toEqual([6, -2, -6, 7, 2, -7, 4, 2, -4])
  expect((await at('image=slide&row=2&column=2&mode=convolution')).value).toBe(-2)
})
test.each([
  ['1,1,1;1,1,1;1,1,1', 9],
  ['0,1,0;1,4,1;0,1,0', 8],
  ['0,-1,0;-1,5,-1;0,-1,0', 1],
  ['-1,-1,-1;-1,9,-1;-1,-1,-1', 1],
])('the sum of %s is %d', async (k, gain) => {
  expect((await at(`k=${k}`)).gain).toBe(gain)
})
test.each(['zero', 'replicate', 'reflect', 'wrap'])(
  'products add up to the output at a corner, border %s',
  async border => {
    for (const hash of ['k=1,2,3;4,5,6', 'k=1,2,3;4,-5,6;7,8,9&mode=convolution', 'k=1,2;3,4&mode=convolution']) {
      const d = await at(`${hash}&border=${border}&row=1&column=96`)
      const sum = d.under.flat().reduce((s, v, i) => s + v * d.laid.flat()[i]!, 0)
      expect(sum).toBeCloseTo(d.value, 5)
    }
  },
)
test('dividing keeps brightness', async () => {
  const d = await at('k=1,1,1;1,1,1;1,1,1&divide=1&border=replicate')
  expect(d.most).toBeLessThanOrEqual(1)
  expect((await at('k=1,1,1;1,1,1;1,1,1&border=replicate')).above).toBeGreaterThan(1000)
})
test('a picture of the reader’s: as large as fits, never larger, grey over white', () => {
  expect(fitted(192, 64)).toEqual({ width: 96, height: 32 })
  expect(fitted(100, 640)).toEqual({ width: 10, height: 64 })
  expect(fitted(20, 10)).toEqual({ width: 20, height: 10 })
  expect(fitted(5000, 1)).toEqual({ width: 96, height: 1 })
  const [white, red, clear] = greys([255, 255, 255, 255, 255, 0, 0, 255, 0, 0, 0, 0])
  expect(white).toBeCloseTo(1, 6)
  expect(red).toBeCloseTo(0.299, 6)
  expect(clear).toBe(1)
})
test('a file that was not chosen here is asked for, and the cat is shown', async () => {
  const d = await at('image=own&file=me.png')
  expect(d.missing).toContain('“me.png”')
  expect([d.width, d.height]).toEqual([96, 64])
})
