/** What must hold for every view. */
import * as chainrule from 'chainrule'
import { transform } from 'esbuild'
import fc from 'fast-check'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { Model } from '../frame/define.ts'
import { formatState, framesOwn, initialState, parseState } from '../frame/schema.ts'
import { stations } from '../stations.ts'

type State = Record<string, unknown>
const modules = import.meta.glob<{ model: Model<State, unknown> }>('./*/model.ts', { eager: true })
const models = Object.entries(modules).map(([path, { model }]) => ({ id: path.split('/')[1]!, model }))

afterAll(() => chainrule.setDevice())

test('every station has a model, every model a station', () => {
  expect(models.map(m => m.id).sort()).toEqual(stations.map(s => s.id).sort())
  expect(new Set(stations.map(s => s.slug)).size).toBe(stations.length)
})
describe.each(models)('$id', ({ model }) => {
  test('same state, same numbers; a table and a sentence about them', async () => {
    await chainrule.setDevice('js')
    const state = initialState(model.schema)
    const [once, again] = [await model.derive(state), await model.derive(state)]
    expect(again).toEqual(once)
    const table = model.table(state, once)
    expect(table.rows.length).toBeGreaterThan(0)
    for (const row of table.rows) expect(row).toHaveLength(table.columns.length)
    expect(model.say(state, once)).toMatch(/^\S.*\.$/)
  })
  test('keys do not collide with the frame’s own', () => {
    expect(Object.keys(model.schema).filter(key => framesOwn.includes(key))).toEqual([])
  })
  test('any address gives numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.constantFrom(...Object.keys(model.schema)),
          fc.oneof(fc.string(), fc.integer().map(String), fc.array(fc.integer({ min: -9, max: 9 })).map(String)),
        ),
        async pairs => {
          const { state } = parseState(model.schema, String(new URLSearchParams(pairs)))
          const derived = await model.derive(state)
          model.table(state, derived)
          model.code(state)
          model.steps?.(state, derived)
          expect(parseState(model.schema, formatState(model.schema, state)).notes).toEqual([])
        },
      ),
      { numRuns: 12 },
    )
  })
  test('its program runs and computes the same', async () => {
    const state = initialState(model.schema)
    const table = model.table(state, await model.derive(state))
    const { code } = await transform(model.code(state), { loader: 'ts' })
    const body = code
      .replace(/import\s*(\{[^}]*\})\s*from\s*["']chainrule["'];?/g, 'const $1 = chainrule;')
      .replaceAll(' as ', ': ')
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => (c: unknown) => Promise<void>
    await new AsyncFunction('chainrule', body)(chainrule)
    const logged = String(log.mock.calls.flat(9))
      .split(/[,\s]/)
      .flatMap(text => (text !== '' && Number.isFinite(Number(text)) ? [Number(text)] : []))
    log.mockRestore()
    const shown = table.rows.flat().filter(cell => typeof cell === 'number')
    const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(a))
    expect(logged.length).toBeGreaterThan(0)
    for (const value of logged)
      expect(
        shown.some(s => near(s, value)),
        `${value} is in the table`,
      ).toBe(true)
  })
})
