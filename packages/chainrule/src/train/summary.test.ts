import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import * as nn from '../nn/index.ts'
import { summary } from './summary.ts'

it('a summary prints as a table, and is a plain object otherwise', () => {
  const found = summary(nn.sequential(nn.linear(784, 128), nn.relu()), [1, 784])
  expect(`${found}`.split('\n')).toEqual([
    'layer                    output    parameters  multiply-adds',
    '0      linear(784, 128)  [1, 128]     100,480        100,352',
    '1      relu()            [1, 128]           0              0',
    '100,480 parameters; 100,352 multiply-adds; 401,920 bytes of state, 1,024 of layer outputs',
  ])
  expect(inspect(found)).toBe(`${found}`)
  expect(Object.keys(found)).toEqual(Object.keys(JSON.parse(JSON.stringify(found))))
})
