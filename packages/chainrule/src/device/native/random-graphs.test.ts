/** Whole programs of random graphs on the native device, beside what the kernel IR means. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileGraph } from '../../compile/compile.ts'
import { runProgram } from '../../compile/javascript.ts'
import { randomGraph } from '../../compile/random-graph.testing.ts'
import type { Resident } from '../device.ts'
import { nativeDevice } from './device.ts'
import { compiler } from './library.testing.ts'

it.runIf(compiler)(
  'agrees with JavaScript',
  async () => {
    const device = nativeDevice()
    const graphs = fc.sample(randomGraph, { numRuns: Number(process.env.FUZZ_RUNS ?? 20), seed: 1 })
    for (const { sources, values, outputs } of graphs) {
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
    }
    expect(device.residentBytes).toBe(0)
  },
  120_000,
)
