import { expect, test } from 'vitest'
import { readCsv } from './csv.ts'
import { mostOwn } from './data.ts'

test('numbers and classes, with or without names above', () => {
  const points = [{ x: 0, y: 0.5, label: 0 }, { x: -1, y: 1, label: 1 }] // biome-ignore format: points
  expect(readCsv('x,y,class\n0,0.5,0\n-1,1,1\n')).toEqual({ points, classes: ['0', '1'] })
  expect(readCsv('0;0.5;cat\r\n\r\n-1\t1\t"dog"')).toEqual({ points, classes: ['cat', 'dog'] })
  // 0 and 1 mean themselves, whichever comes first
  expect(readCsv('1,1,1\n0,0,0').points.map(p => p.label)).toEqual([1, 0])
})
test('what is wrong is named with line and column, and what stands before is kept', () => {
  const problem = (text: string) => readCsv(text).problem
  expect(problem('0,0,0\n1,two,1')).toBe('line 2, column 2: “two” is not a number')
  expect(problem('x,y,c\n0,0,0\n,1,1')).toBe('line 3, column 1: “” is not a number')
  expect(problem('0,0,0\n1,1')).toBe('line 2 has 2 columns; three are needed: x, y, class')
  expect(problem('0,0,0\n\n1,1,')).toBe('line 3, column 3: the class is missing')
  expect(problem('0,0,a\n1,1,b\n2,2,c')).toContain('line 3, column 3: “c” would be a third class')
  expect(problem('')).toBe('there is no line with x, y, class')
  expect(problem('0,0,0\n'.repeat(mostOwn + 1))).toContain(`line ${mostOwn + 1}: more than ${mostOwn}`)
  expect(readCsv('0,0,0\n1,two,1').points).toHaveLength(1)
})
test('what lies beyond the board is brought onto it', () => {
  const { points, scales } = readCsv('100,1,a\n200,3,b')
  expect(points.map(p => [p.x, p.y])).toEqual([[-2.7, -2.7], [2.7, 2.7]]) // biome-ignore format: points
  expect(scales!.flat().map(v => Number(v.toFixed(9)))).toEqual([150, 0.054, 2, 2.7])
})
