/** Random graphs for tests: every kind of node, small shapes, values that stay tame. */
import fc from 'fast-check'
import * as b from '../graph/build.ts'
import type { Node, NodeOf } from '../graph/node.ts'
import { numel, range } from '../graph/shape.ts'

export interface RandomGraph {
  readonly sources: NodeOf<'source'>[]
  readonly values: Float32Array[]
  readonly outputs: Node[]
}

const shapes: readonly (readonly number[])[] = [[2, 3], [3], [], [2, 1, 4], [1, 2, 5, 6], [2, 2, 4, 4], [7, 5], [6, 4]]
const maps = [b.neg, b.abs, b.relu, b.tanh, b.sigmoid, b.sin]
const pairs = [b.add, b.sub, b.mul, b.maximum, b.minimum]

/** A step of growth: which rule, which nodes, and free numbers for its attributes. */
const step = fc.record({ rule: fc.nat(19), first: fc.nat(), second: fc.nat(), a: fc.nat(6), b: fc.nat(6) })

function grow(
  pool: Node[],
  { rule, first, second, a, b: c }: { rule: number; first: number; second: number; a: number; b: number },
): Node | undefined {
  const x = pool[first % pool.length]!
  const rank = x.shape.length
  const axis = rank === 0 ? 0 : a % rank
  const other = pool.filter(n => n.shape.join() === x.shape.join())
  const y = other[second % other.length]!
  switch (rule) {
    case 0:
    case 1:
      return maps[a % maps.length]!(x)
    case 2:
    case 3:
    case 4:
      return pairs[a % pairs.length]!(x, y)
    case 5: // a reduction brought back to full size, as in softmax
      return rank === 0
        ? undefined
        : b.sub(x, b.broadcastTo(b.reshape(b.max(x, [axis]), b.keptShape(x.shape, [axis])), x.shape))
    case 6:
      return rank === 0
        ? undefined
        : b.mul(
            b.sum(x, [axis]),
            b.full(
              x.shape.filter((_, i) => i !== axis),
              0.25,
            ),
          )
    case 7:
      return rank < 2
        ? undefined
        : b.permute(
            x,
            range(rank).map(i => (i + a) % rank),
          )
    case 8:
      return rank === 0 ? undefined : b.reshape(x, [numel(x.shape)])
    case 9:
      return rank < 2 ? undefined : b.reshape(x, [x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)])
    case 10: {
      const start = x.shape.map(n => (n > 1 ? c % n : 0))
      return b.slice(
        x,
        start,
        x.shape,
        x.shape.map(() => 1 + (a % 2)),
      )
    }
    case 11:
      return rank === 0 ? undefined : b.flip(x, [axis])
    case 12:
      return rank === 0 || numel(x.shape) > 200
        ? undefined
        : b.pad(
            x,
            x.shape.map((_, i) => (i === axis ? [a % 3, c % 3] : [0, 0])),
          )
    case 13:
      return rank === 0 || numel(x.shape) > 200 ? undefined : b.concat([x, y, b.neg(x)], axis)
    case 14: {
      // x xᵀ, scaled
      if (rank < 2) return undefined
      const product = b.dot(x, b.transpose(a % 2 ? x : y))
      return b.mul(product, b.fullLike(product, 0.1))
    }
    case 15: {
      if (rank !== 4) return undefined
      const stride = 1 + (a % 2)
      const kernel = b.slice(
        x,
        [0, 0, 0, 0],
        [Math.min(2, x.shape[0]!), x.shape[1]!, Math.min(2, x.shape[2]!), Math.min(2, x.shape[3]!)],
      )
      const convolved = b.conv(x, kernel, {
        stride: [stride, 1],
        padding: [
          [1, c % 2],
          [0, 1],
        ],
        dilation: [1, 1],
        inputDilation: [1 + (c % 2), 1],
        groups: 1,
      })
      return b.mul(convolved, b.fullLike(convolved, 0.2))
    }
    case 16: {
      if (rank < 2) return undefined
      const window = {
        window: [2, 2],
        stride: [1 + (a % 2), 2],
        padding: [
          [c % 2, 0],
          [0, 1],
        ] as const,
        dilation: [1, 1],
      }
      if (x.shape[rank - 1]! < 2 || x.shape[rank - 2]! < 2) return undefined
      const picked = b.windowMax(x, window)
      return numel(picked.shape) === 0
        ? undefined
        : x.primitive === 'source' && a % 3 === 0
          ? b.windowScatter(x, b.tanh(picked), window)
          : picked
    }
    case 17:
      return rank === 0 ? undefined : b.gather(x, b.mod(b.iota(3), b.full([3], x.shape[axis]!, 'int32')), axis)
    case 18: {
      // x and what lies before it, as in a running sum
      if (rank === 0) return undefined
      const by = Math.min(1 + (a % 2), x.shape[axis]!)
      const before = b.slice(
        x,
        x.shape.map(() => 0),
        x.shape.map((n, i) => (i === axis ? n - by : n)),
      )
      return b.add(
        b.pad(
          before,
          x.shape.map((_, i) => (i === axis ? [by, 0] : [0, 0])),
        ),
        y,
      )
    }
    default:
      return rank === 0 ? undefined : b.where(b.less(b.indexAlong(x.shape, axis), b.full(x.shape, 2, 'int32')), x, y)
  }
}

export const randomGraph: fc.Arbitrary<RandomGraph> = fc
  .record({
    seed: fc.nat(1e6),
    starts: fc.array(fc.nat(shapes.length - 1), { minLength: 1, maxLength: 3 }),
    steps: fc.array(step, { minLength: 2, maxLength: 18 }),
    outputs: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
  })
  .map(({ seed, starts, steps, outputs }) => {
    const sources = starts.map(i => b.source({ shape: shapes[i]!, dtype: 'float32' }) as NodeOf<'source'>)
    const values = sources.map((s, k) =>
      Float32Array.from({ length: numel(s.shape) }, (_, i) =>
        Math.fround(Math.sin(seed + 12.9898 * i + 78.233 * k) * 2),
      ),
    )
    const pool: Node[] = [...sources]
    for (const s of steps) {
      const made = grow(pool, s)
      if (made && numel(made.shape) <= 3000 && numel(made.shape) > 0 && made.shape.length <= 5) pool.push(made)
    }
    // the last node and some others
    const chosen = new Set([pool[pool.length - 1]!, ...outputs.map(i => pool[i % pool.length]!)])
    return { sources, values, outputs: [...chosen] }
  })
