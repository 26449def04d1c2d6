/** Makes the padded copy of `compile/padded-layout.ts`; the zeros are there already. */
import type { PaddedLayout } from '../../compile/padded-layout.ts'
import { bump, type Code, type FunctionBuilder, get, I32, i32, type Local, set, v128 } from './assembler.ts'
import type { Emitter } from './emitter.ts'
import { copyRow, gathered } from './packing.ts'
import { nest } from './walk.ts'

/** Function (to, from); `from` is the element of index 0 of all loops. It writes everything but the zeros. */
export const paddedCopy = (e: Emitter, { rows, levels }: PaddedLayout): number =>
  e.module.function({
    params: [I32, I32],
    build: (f, to, from) => {
      const code = rows.map(
        row =>
          bump(to, row.to * 4) +
          bump(from, row.from * 4) +
          copyColumns(f, to, from, row.count, row.stride) +
          bump(to, -row.to * 4) +
          bump(from, -row.from * 4),
      )
      return nest(
        f,
        [to, from],
        levels.map(l => ({ count: l.count, steps: [l.to * 4, l.from * 4] })),
        code.join(''),
      )
    },
  })

/** `count` elements, `stride` apart, to neighbours; nothing else is written. */
function copyColumns(f: FunctionBuilder, to: Local, from: Local, count: number, stride: number): Code {
  const fours = count >> 2
  const rest = count & 3
  if (stride === 1) {
    if (count <= 32) return copyRow(f, to, from, count)
    const body = v128.store(get(to), v128.load(get(from))) + v128.store(get(to), v128.load(get(from), 16), 16)
    return loopThenRest(f, to, from, count >> 3, 32, 32, body, copyRow(f, to, from, count & 7))
  }
  const step = stride * 4
  // reading starts at the lowest address
  const low = Math.min(0, 3 * step)
  const at = (lane: number): number => lane * step - low
  const x = f.v128()
  let body: Code
  if (stride === 2) {
    const y = f.v128()
    body =
      set(x, v128.load(get(from))) +
      set(y, v128.load(get(from), 12)) +
      v128.store(get(to), v128.shuffle(get(x), get(y), [0, 2, 5, 7]))
  } else body = set(x, gathered([0, 1, 2, 3].map(lane => [get(from), at(lane)]))) + v128.store(get(to), get(x))
  let tail = ''
  for (let lane = 0; lane < rest; lane++) tail += i32.store(get(to), i32.load(get(from), at(lane)), lane * 4)
  return bump(from, low) + loopThenRest(f, to, from, fours, 16, 4 * step, body, tail) + bump(from, -low)
}

function loopThenRest(
  f: FunctionBuilder,
  to: Local,
  from: Local,
  turns: number,
  toStep: number,
  fromStep: number,
  body: Code,
  rest: Code,
): Code {
  const move = bump(to, toStep) + bump(from, fromStep)
  return f.times(turns, body + move) + rest + bump(to, -toStep * turns) + bump(from, -fromStep * turns)
}
