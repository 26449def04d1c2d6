/** Makes a padded copy (`compile/padded-layout.ts`, `compile/window-geometry.ts`); what is around it is there already. */
import type { Copies } from '../../compile/padded-layout.ts'
import { bump, type Code, type FunctionBuilder, get, I32, i32, type Local, set, v128 } from './assembler.ts'
import type { Emitter } from './emitter.ts'
import { copyRow, gathered } from './packing.ts'
import { nest } from './walk.ts'

/** Function (to, from); `from` is the element of index 0 of all loops. It writes everything but what is around. */
export const paddedCopy = (e: Emitter, { rows, levels }: Copies): number =>
  e.module.function({
    params: [I32, I32],
    build: (f, to, from) =>
      nest(
        f,
        [to, from],
        levels.map(l => ({ count: l.count, steps: [l.to * 4, l.from * 4] })),
        rows
          .map(
            row =>
              bump(to, row.to * 4) +
              bump(from, row.from * 4) +
              copyColumns(f, to, from, row) +
              bump(to, -row.to * 4) +
              bump(from, -row.from * 4),
          )
          .join(''),
      ),
  })

/** One row of a copy; nothing else is written. */
function copyColumns(
  f: FunctionBuilder,
  to: Local,
  from: Local,
  { count, stride, apart = 1 }: Copies['rows'][number],
): Code {
  const step = stride * 4
  const move = (turns: number, width: number, body: Code, rest: Code): Code => {
    const forth = (n: number): Code => bump(to, n * width * apart * 4) + bump(from, n * width * step)
    return f.times(turns, body + forth(1)) + rest + forth(-turns)
  }
  if (apart > 1) return move(count, 1, i32.store(get(to), i32.load(get(from))), '')
  if (stride === 1) {
    if (count <= 32) return copyRow(f, to, from, count)
    return move(count >> 3, 8, copyRow(f, to, from, 8), copyRow(f, to, from, count & 7))
  }
  // reading starts at the lowest address
  const low = Math.min(0, 3 * step)
  const at = (lane: number): number => lane * step - low
  const x = f.v128()
  const y = f.v128()
  const body =
    stride === 2
      ? set(x, v128.load(get(from))) +
        set(y, v128.load(get(from), 12)) +
        v128.store(get(to), v128.shuffle(get(x), get(y), [0, 2, 5, 7]))
      : set(x, gathered([0, 1, 2, 3].map(lane => [get(from), at(lane)]))) + v128.store(get(to), get(x))
  let tail = ''
  for (let lane = 0; lane < (count & 3); lane++) tail += i32.store(get(to), i32.load(get(from), at(lane)), lane * 4)
  return bump(from, low) + move(count >> 2, 4, body, tail) + bump(from, -low)
}
