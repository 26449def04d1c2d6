/** Whole programs of random graphs on the wasm device, beside what the kernel IR means. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileGraph } from '../../compile/compile.ts'
import { runProgram } from '../../compile/javascript.ts'
import { randomGraph } from '../../compile/random-graph.testing.ts'
import type { Resident } from '../device.ts'
import { WasmDevice } from './device.ts'

const targets = [
  { fma: false, preset: 'legacy' },
  { fma: false, preset: 'modern' },
] as const

for (const target of targets) {
  const device = new WasmDevice(target)
  it(`agrees with JavaScript, ${target.preset}`, async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async ({ sources, values, outputs }) => {
        // variables take new values of their shape
        const free = new Set(sources.keys())
        const updates = outputs.map(o => {
          const target = [...free].find(j => sources[j]!.shape.join() === o.shape.join()) ?? -1
          free.delete(target)
          return target
        })
        const graph = { sources, outputs, updates }
        const expected = values.map(v => v.slice())
        const results = runProgram(compileGraph(graph), expected)
        const residents: (Resident | Float32Array)[] = values.map((v, j) => {
          if (!updates.includes(j)) return v
          const resident = device.resident(sources[j]!.shape, 'float32')
          resident.write(v)
          return resident
        })
        const outcome = [...(await device.prepare(graph).run(residents))]
        for (const [i, j] of updates.entries()) {
          const array = j < 0 ? outcome.shift()! : await (residents[j] as Resident).read()
          const wanted = j < 0 ? results[i]! : expected[j]!
          expect(array.length).toBe(wanted.length)
          for (let k = 0; k < array.length; k++)
            if (!Object.is(array[k], wanted[k]))
              expect(Math.abs(array[k]! - wanted[k]!)).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(wanted[k]!)))
        }
        for (const resident of residents) if (!(resident instanceof Float32Array)) resident.dispose()
      }),
      { numRuns: 300 },
    )
    expect(device.residentBytes).toBe(0)
  })
}
