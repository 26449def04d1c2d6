/** What the wasm device says of itself and of its plans: loaded when somebody asks. */
import { factsOf } from '../../compile/facts.ts'
import type { Program } from '../../compile/kernel.ts'
import { explainProgram, scaled } from '../explain.ts'
import type { Crew } from './crew.ts'
import type { Target } from './emitter.ts'
import type { EmittedProgram } from './program.ts'

export { factsOf } from '../../compile/facts.ts'
export { measurePeak } from './peak.ts'

/** For people. */
export const threadsOf = ({ reason, size }: Crew): string =>
  reason !== undefined ? `1 thread: ${reason}` : size === 1 ? '1 thread' : `${size} threads`

/** A plan as text. */
export const explain = (
  program: Program,
  emitted: EmittedProgram,
  peakBytes: number,
  { fma, preset }: Target,
  crew: Crew,
): string =>
  explainProgram(program, factsOf(program), emitted, peakBytes, {
    device: `wasm (${fma ? 'multiply-add' : 'no multiply-add'}, ${preset}, ${threadsOf(crew)})`,
    code: `module ${scaled(emitted.bytes.length, 'B')}`,
  })
