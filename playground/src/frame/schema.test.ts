import fc from 'fast-check'
import { expect, test } from 'vitest'
import { choice, flag, formatState, initialState, integer, list, matrix, number, parseState, text } from './schema.ts'

const schema = {
  w: list('weights', [1, 2, 3], { min: -5, max: 5, step: 0.1 }),
  image: matrix('image', [[0, 1], [1, 0]], { min: 0, max: 9, step: 1, whole: true, rows: [1, 4], columns: [1, 4] }), // biome-ignore format: a picture
  b: number('bias', 0, { min: -10, max: 10, step: 0.1 }),
  n: integer('units', 2, { min: 1, max: 8 }),
  act: choice('activation', { sigmoid: 'σ', tanh: 'tanh' }, 'sigmoid'),
  on: flag('on'),
  words: text('words', 'a b', 20),
}

test('what is as it begins is left out; commas stay readable', () => {
  expect(formatState(schema, initialState(schema))).toBe('')
  const { state } = parseState(schema, '#w=1,-2,0.5&act=tanh&image=1,2,3;4,5,6&words=no+good')
  expect(formatState(schema, state)).toBe('w=1,-2,0.5&image=1,2,3;4,5,6&act=tanh&words=no+good')
})
test('nonsense is replaced, and said', () => {
  const { state, notes } = parseState(schema, 'w=9,x&b=abc&n=99&act=relu&on=maybe&what=1&image=1,2;3')
  expect(state.w).toEqual([5, 2, 3])
  expect(state).toMatchObject({ b: 0, n: 8, act: 'sigmoid', on: false, image: [[1, 2], [3, 0]] }) // biome-ignore format: a picture
  expect(notes).toEqual([
    'w: 9 became 5; “x” is not a number; 2 numbers where 3 are needed',
    'b: “abc” is not a number',
    'n: 99 became 8',
    'act: “relu” is none of sigmoid, tanh',
    'on: “maybe” is neither 1 nor 0',
    'there is no “what” here',
    'image: every row now has 2 numbers',
  ])
})
test('any text gives a valid state, and what is written is read back', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(schema), 'x'), fc.string()), pairs => {
      const { state } = parseState(schema, String(new URLSearchParams(pairs)))
      const written = formatState(schema, state)
      const again = parseState(schema, written)
      expect(again.notes).toEqual([])
      expect(formatState(schema, again.state)).toBe(written)
    }),
  )
})
