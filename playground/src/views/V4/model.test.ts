import { expect, test } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

test.each(['', 'mode=convolution'])('the slide’s convolved feature, however the kernel is laid (%s)', async hash => {
  const d = await model.derive(parseState(model.schema, `${hash}&step=9`).state)
  expect(d.out).toEqual([
    [4, 3, 4],
    [2, 4, 3],
    [2, 3, 4],
  ])
  expect(d.sum).toBe(4)
})
