/**
 * A program in C: functions of kernels, and tables that say in which order and on which buffers they run
 * (`plan-format.ts`). Kernels of equal structure (the updates of four equal parameters, equal pieces of one kernel) are one
 * function.
 */
import { type Kernel, type Program, writtenBy } from '../../compile/kernel.ts'
import { type Slices, workOf } from '../../compile/slice.ts'
import type { Stage } from '../../compile/stages.ts'
import { structureOf } from '../../compile/structure.ts'
import { aligned } from '../arena.ts'
import { printContract } from './contract.ts'
import { printGather, printScatter } from './gather.ts'
import { printLoop } from './loop.ts'
import { entry, planDeclarations, table } from './plan-format.ts'
import { prelude } from './prelude.ts'
import { type Choice, type Choose, File, type PrintedKernel, type Printer, type Target } from './printer.ts'
import { functionsAmong, type Sections } from './translation-units.ts'
import { printWindow } from './window.ts'

type Printers = {
  readonly [K in Exclude<Kernel['kind'], 'host'>]: (p: Printer, k: Kernel & { kind: K }) => PrintedKernel
}
const printers: Printers = {
  loop: printLoop,
  contract: (p, kernel) => printContract(p, kernel, printLoop),
  window: printWindow,
  gather: printGather,
  scatter: printScatter,
}

/** A run of stages in C, or a function in JavaScript. */
export type Step = { readonly from: number; readonly to: number } | { readonly host: number }

/** Something made of a source that does not change, which is kept while it does not. */
export interface Kept {
  readonly source: number
  readonly bytes: number
  /** Equal where the same is made of equal values. */
  readonly key: string
  /** The stage that makes it. */
  readonly stage: number
}

export interface PrintedProgram {
  readonly source: Sections
  /** In the order of their words in the table of addresses. */
  readonly kept: readonly Kept[]
  readonly steps: readonly Step[]
  /** For each thread, with the line in front in which kernels report faults. */
  readonly scratchBytes: number
  /** Pieces of each kernel. */
  readonly pieces: readonly number[]
  /** Of all kernels that are cut, in the units of `compile/slice.ts`. */
  readonly sharedWork: number
  /** For each kernel: what is not vectorised. */
  readonly notes: readonly (readonly string[])[]
  readonly distinct: number
  /** For each kernel: how its contractions are computed, one for each shape of piece. */
  readonly choices: readonly (readonly Choice[])[]
}

/** Memory before scratch memory, for faults. */
export const faultLine = 64

export function printProgram(
  program: Program,
  stages: readonly Stage[],
  target: Target,
  choose?: Choose,
): PrintedProgram {
  const { kernels } = program
  const file = new File(target, choose)
  const choices = kernels.map(() => new Set<Choice>())
  const known = new Map<string, PrintedKernel>()
  const notes = kernels.map((): readonly string[] => ['runs in JavaScript'])
  const pieces = kernels.map(() => 1)
  let scratchBytes = 0
  const printed = (k: number, kernel: Kernel): PrintedKernel => {
    if (kernel.kind === 'host') throw new Error('internal: a host kernel in a stage')
    const key = structureOf(kernel)
    let result = known.get(key)
    if (!result) {
      result = (printers[kernel.kind] as (p: Printer, kernel: Kernel) => PrintedKernel)(file, kernel)
      known.set(key, result)
    }
    scratchBytes = Math.max(scratchBytes, aligned(result.scratchBytes))
    notes[k] = result.notes
    if (result.choice) choices[k]!.add(result.choice)
    return result
  }

  const changed = new Set([...kernels.flatMap(writtenBy), ...program.copies.map(c => c.to)])
  /** The source that a buffer is, if no kernel changes it. */
  const steadySource = (b: number): number | undefined => (changed.has(b) ? undefined : program.buffers[b]!.source)

  const words: number[] = []
  const moves: number[] = []
  const calls: string[] = []
  const works: string[] = []
  const stageTable: string[] = []
  /** Calls a function with these words of the table, moved in bytes from the start, and from piece to piece. */
  const callWith = (
    name: string,
    k: number,
    given: readonly { word: number; offset: number; shift: number }[],
  ): void => {
    const moved = given.some(g => g.offset !== 0 || g.shift !== 0)
    calls.push(`{${name}, ${k}, ${given.length}, words + ${words.length}, ${moved ? `moves + ${moves.length}` : '0'}}`)
    words.push(...given.map(g => g.word))
    if (moved) moves.push(...given.flatMap(g => [g.offset, g.shift]))
  }
  const kept: Omit<Kept, 'stage'>[] = []
  /** Calls that make what is kept, and in how many pieces. */
  const makers: { readonly count: number; readonly call: () => void }[] = []
  const call = (k: number, slices: Slices): void => {
    const { kernel, count, offsets, shifts } = slices
    const { name, prepared } = printed(k, kernel)
    const given = kernel.buffers.map((b, j) => ({
      word: table.buffers + b,
      offset: 4 * offsets[j]!,
      shift: 4 * shifts[j]!,
    }))
    const source = prepared && steadySource(kernel.buffers[prepared.argument]!)
    if (!prepared || source === undefined) {
      callWith(name, k, given)
      return
    }
    const { offset, shift } = given[prepared.argument]!
    const bytes = aligned(prepared.bytes)
    const pieces = shift === 0 ? 1 : count
    const key = [offset, shift, pieces, prepared.key].join(' ')
    let at = kept.findIndex(x => x.source === source && x.key === key)
    const all = (): Parameters<typeof callWith>[2] => {
      const word = table.buffers + program.buffers.length + at
      return [...given, { word, offset: 0, shift: shift === 0 ? 0 : bytes }]
    }
    if (at < 0) {
      at = kept.push({ source, bytes: pieces * bytes, key }) - 1
      makers.push({ count: pieces, call: () => callWith(prepared.prepare, k, all()) })
    }
    callWith(prepared.run, k, all())
  }
  const work = (count: number, list: () => void): void => {
    const first = calls.length
    list()
    works.push(`{${count}, ${first}, ${calls.length - first}}`)
  }
  const whole = (k: number): Slices => {
    const still = kernels[k]!.buffers.map(() => 0)
    return { kernel: kernels[k]!, count: 1, offsets: still, shifts: still }
  }

  const steps: Step[] = []
  let start = 0
  const flush = (): void => {
    if (stageTable.length > start) steps.push({ from: start, to: stageTable.length })
    start = stageTable.length
  }
  const stage = (list: () => number): void => {
    const first = works.length
    const count = list()
    stageTable.push(`{${count}, ${first}, ${works.length - first}}`)
  }
  const chain = (ks: readonly number[]): number => {
    work(1, () => {
      for (const k of ks) call(k, whole(k))
    })
    return 1
  }
  for (const { chain: small, shared } of stages) {
    if (shared.length === 0) {
      // functions in JavaScript divide the chain
      let sofar: number[] = []
      for (const k of [...small, -1]) {
        if (k >= 0 && kernels[k]!.kind !== 'host') {
          sofar.push(k)
          continue
        }
        const ks = sofar
        if (ks.length > 0) stage(() => chain(ks))
        sofar = []
        if (k < 0) continue
        flush()
        steps.push({ host: k })
      }
      continue
    }
    stage(() => {
      let count = small.length > 0 ? chain(small) : 0
      for (const { kernel: k, slices } of shared) {
        pieces[k] = slices.reduce((n, s) => n + s.count, 0)
        for (const s of slices) work(s.count, () => call(k, s))
        count += pieces[k]!
      }
      return count
    })
  }
  flush()
  const firstMaker = stageTable.length
  for (const { count, call } of makers)
    stage(() => {
      work(count, call)
      return count
    })

  const list = (type: string, name: string, items: readonly (string | number)[]): string =>
    `static const ${type} ${name}[] = {${items.length > 0 ? items.join(', ') : '0'}};\n`
  const plan = [
    planDeclarations,
    list('int', 'words', words),
    list('long', 'moves', moves),
    `static const Call calls[] = {${calls.join(',\n') || '{0}'}};\n`,
    `static const Work works[] = {${works.join(', ') || '{0}'}};\n`,
    `static const Stage stages[] = {${stageTable.join(', ') || '{0}'}};\n`,
    'static const Plan plan = {stages, works, calls};\n',
    `const Plan* ${entry}(void) { return &plan; }\n`,
  ].join('')
  return {
    source: { prelude: prelude(target), ...functionsAmong(file.parts), entry: plan },
    kept: kept.map((x, i) => ({ ...x, stage: firstMaker + i })),
    steps,
    scratchBytes: faultLine + scratchBytes,
    pieces,
    sharedWork: kernels.reduce((sum, kernel, k) => (pieces[k]! > 1 ? sum + workOf(kernel) : sum), 0),
    notes,
    distinct: known.size,
    choices: choices.map(set => [...set]),
  }
}
