/** Imports run one way: a folder may import only from the folders before it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const order = [
  'errors.ts',
  'graph',
  'grad',
  'compile',
  'device',
  'tensor',
  'nn',
  'optim',
  'io',
  'data',
  'train',
  'inspect',
  'perceptron',
  'vision',
  'text',
  'models',
  'pretrain',
  'cli',
]
const source = resolve(import.meta.dirname, '../src')

const files = (readdirSync(source, { recursive: true }) as string[]).filter(
  f => f.endsWith('.ts') && !f.includes('.test'),
)
const roomOf = (path: string): string => path.split('/')[0]!

test('every folder has its place in the order', () => {
  for (const file of files) if (file.includes('/')) expect(order).toContain(roomOf(file))
})

test.each(order)('%s imports only from what comes before it', room => {
  for (const file of files.filter(f => roomOf(f) === room)) {
    const text = readFileSync(join(source, file), 'utf8')
    for (const [, target] of text.matchAll(/from '(\.[^']+)'/g)) {
      const imported = roomOf(relative(source, resolve(source, file, '..', target!)))
      if (room === 'graph' && imported === 'errors.ts') continue
      // the catalogue names dtypes in its types
      if (room === 'errors.ts' && imported === 'graph') continue
      if (!order.includes(imported)) throw new Error(`${file} imports ${imported}, which has no place in the order`)
      if (order.indexOf(imported) > order.indexOf(room))
        throw new Error(`${file} imports ${target}: ${imported} comes after ${room}`)
    }
  }
  expect(files.length).toBeGreaterThan(20)
})
