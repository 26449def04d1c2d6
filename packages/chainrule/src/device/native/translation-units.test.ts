/** A source divided among compilers is the same code: every function once, each where the others find it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compiler } from './library.testing.ts'
import { functionOf } from './library.ts'
import { prelude } from './prelude.ts'
import { File } from './printer.ts'
import { compileObject } from './toolchain.ts'
import { functionsAmong, type Sections, unitsOf } from './translation-units.ts'
import { mathNames, requireMath } from './vector-math.ts'

/** Calls go forwards, backwards, and through something inline. */
const source: Sections = {
  prelude: prelude({ lanes: 4, registers: 16, fma: false }),
  ...functionsAmong([
    'static const int table[] = {5, 7};',
    'OUT int twice(int x) { return 2 * x; }',
    'IN int inlined(int x) { return twice(x) + table[1]; }',
    '\nOUT int first(int x) { return inlined(x) + table[0]; }',
    'OUT int second(int x,\n  int y) { return first(x) * first(y); }',
    'OUT int unused(int x) { return x; }',
  ]),
  entry: 'int answer(int x) { return second(x, 1) + twice(3); }',
}

describe('units', () => {
  it('hold every function that is called, once', () => {
    for (const most of [1, 2, 3, 8]) {
      const units = unitsOf(source, most, 1)
      expect(units).toHaveLength(most)
      const all = units.join('\n')
      for (const name of ['twice', 'first', 'second'])
        expect(all.match(new RegExp(`OUT int ${name}\\([^)]*\\) \\{`, 'g'))).toHaveLength(1)
      expect(all).not.toContain('unused(int')
      expect(all.match(/int answer/g)).toHaveLength(1)
    }
  })
  it('are not more than are worth it', () => {
    expect(unitsOf(source, 8)).toHaveLength(1)
    const long = `OUT int second(int x, int y) { ${'x += first(y);\n'.repeat(10_000)} return x; }`
    const functions = [...source.functions.filter(text => !text.includes('second')), long]
    expect(unitsOf({ ...source, functions }, 8)).toHaveLength(3)
  })
  it.runIf(compiler)('compute the same, however many they are', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chainrule-units-test-'))
    try {
      for (const most of [1, 2, 4]) {
        const path = join(folder, `${most}.so`)
        writeFileSync(path, compileObject(compiler!, unitsOf(source, most, 1)))
        expect(functionOf(path, 'int answer(int x)')(4)).toBe((2 * 4 + 12) * (2 + 12) + 6)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
  it.runIf(compiler)('fail with one line, whichever of them is wrong', () => {
    const functions = [
      ...source.functions.filter(text => !text.includes('twice')),
      'OUT int twice(int x) { return y; }',
    ]
    for (const most of [1, 3])
      expect(() => compileObject(compiler!, unitsOf({ ...source, functions }, most, 1))).toThrow(
        /^native: \S+ failed \(.*error: .y. undeclared.*\)$/,
      )
  })
})
it('no elementary function is in two units: what all of them share defines none', () => {
  const file = new File({ lanes: 4, registers: 16, fma: false })
  for (const name of mathNames) requireMath(file, name)
  const { shared, functions } = functionsAmong(file.parts)
  expect(functions.length).toBeGreaterThan(5)
  for (const text of shared) expect(text).not.toMatch(/^OUT\b/m)
})
