import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawing, packDrawing, stroke, unpackDrawing } from './drawing.ts'

test('what is packed is unpacked', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 49, maxLength: 49, max: 3 }), pixels => {
      expect([...unpackDrawing(packDrawing(pixels), 7)]).toEqual([...pixels])
      expect(drawing('', 7).parse(packDrawing(pixels)).note).toBeUndefined()
    }),
  )
})
test('any text is some drawing', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      const { value } = drawing('', 5).parse(text)
      expect(drawing('', 5).parse(value)).toEqual({ value })
    }),
  )
})
test('a pen leaves a dot, and an eraser takes it away', () => {
  const dot = stroke(new Uint8Array(81), 9, 4.5, 4.5, 1.5)
  expect(dot[4 * 9 + 4]).toBe(3)
  expect(dot[0]).toBe(0)
  expect([...stroke(dot, 9, 4.5, 4.5, 4, true)].every(v => v === 0)).toBe(true)
})
