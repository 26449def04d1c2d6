/**
 * 3×3 convolutions by minimal filtering (`compile/minimal-filtering.ts`). The transforms are loop kernels and the products a matrix
 * product for each point, printed as those are, and called in turn for a few rows of tiles that stay in the second-level cache.
 */
import { type Contraction, type Dim, normalize, sizeOf, withRole } from '../../compile/contraction.ts'
import type { Access, Axis, ContractKernel, Instruction, LoopKernel, Store } from '../../compile/kernel.ts'
import { planMatrix } from '../../compile/matrix-plan.ts'
import {
  filter,
  image,
  type Matrix,
  output,
  points,
  type TiledAxis,
  type Tiling,
  tilingOf,
} from '../../compile/minimal-filtering.ts'
import { contiguousStrides, numel, range } from '../../graph/shape.ts'
import { call, get, i32 } from './assembler.ts'
import { type EmittedKernel, type Emitter, kernelFunction } from './emitter.ts'
import { emitGemm } from './gemm.ts'
import { emitLoop } from './loop.ts'
import { levelOf, startPointers } from './pointers.ts'
import { sourceOf } from './source.ts'
import { nest } from './walk.ts'

export interface WinogradPlan extends Tiling {
  readonly c: Contraction
  readonly m: Dim
  readonly images: readonly Dim[]
  /** Rows of tiles that are worked on together, and how many times. */
  readonly rows: number
  readonly blocks: number
}

/** Transformed tiles and sums of a block. */
const blockBytes = 768 << 10
const fewestTiles = 16
const fewestChannels = 16
/** Instructions in the transforms of a vector of tiles, for one channel in and for one out, and for a vector of filters. */
const work = { input: 90, output: 120, filter: 320 }
/** Of what direct sums take. */
const worthwhile = 0.85

export function planWinograd(c: Contraction): WinogradPlan | undefined {
  const tiling = tilingOf(c, 'n')
  const [m, ...others] = withRole(c, 'm')
  if (!tiling || !m || others.length > 0 || withRole(c, 'batch').length > 0) return undefined
  const { channel, y, x } = tiling
  const images = withRole(c, 'n').filter(d => d !== x.position && d !== y.position)
  if (y.tiles * x.tiles < fewestTiles || Math.min(m.size, channel.size) < fewestChannels) return undefined
  const vectors = y.tiles * Math.ceil(x.tiles / 4)
  const [products, transforms, filters] = [
    points * m.size * channel.size * vectors,
    vectors * (channel.size * work.input + m.size * work.output),
    (m.size * channel.size * work.filter) / 4,
  ]
  const direct = 9 * m.size * channel.size * y.position.size * Math.ceil(x.position.size / 4)
  if (products + transforms + filters / sizeOf(images) > worthwhile * direct) return undefined
  const rowBytes = points * (channel.size + m.size) * x.tiles * 4
  const fit = Math.max(1, Math.floor(blockBytes / rowBytes))
  // all blocks are alike
  const rows = y.position.size % 2 ? y.tiles : range(y.tiles + 1).findLast(n => n > 0 && n <= fit && y.tiles % n === 0)!
  return { ...tiling, c, m, images, rows, blocks: y.tiles / rows }
}

/** Instructions of one body. */
class Sums {
  readonly body: Instruction[] = []
  add(instruction: Instruction): number {
    return this.body.push(instruction) - 1
  }
  load(access: Access): number {
    return this.add({ op: 'load', access, dtype: 'float32' })
  }
  #scalar(name: 'add' | 'sub' | 'mul', ...args: number[]): number {
    return this.add({ op: 'scalar', name, args, dtype: 'float32' })
  }
  /** Σ coefficient · value, of which one is positive and all are of one magnitude. */
  sum(coefficients: readonly number[], values: readonly number[]): number {
    const used = values.flatMap((value, i) => (coefficients[i] === 0 ? [] : [{ value, by: coefficients[i]! }]))
    const [first, ...others] = used.toSorted((p, q) => Math.sign(q.by) - Math.sign(p.by))
    const total = others.reduce((n, { value, by }) => this.#scalar(by < 0 ? 'sub' : 'add', n, value), first!.value)
    const scale = Math.abs(first!.by)
    return scale === 1 ? total : this.#scalar('mul', total, this.add({ op: 'const', value: scale, dtype: 'float32' }))
  }
  /** T X Uᵀ. */
  transform(t: Matrix, x: Matrix, u: Matrix): number[][] {
    const columns = x[0]!.map((_, j) => x.map(row => row[j]!))
    return t.map(row => {
      const half = columns.map(column => this.sum(row, column))
      return u.map(other => this.sum(other, half))
    })
  }
  loop(name: string, buffers: readonly number[], dims: readonly number[], stores: readonly Store[]): LoopKernel {
    return { kind: 'loop', name, buffers, dims, rows: dims.length, body: this.body, reductions: [], stores }
  }
}

/** X of `side` rows and columns, transformed to [point][…dims]: `from` says where its elements are. */
function toPoints(
  t: Matrix,
  side: number,
  dims: readonly number[],
  from: (i: number, j: number) => Omit<Access, 'argument'>,
): LoopKernel {
  const sums = new Sums()
  const given = range(side).map(i => range(side).map(j => sums.load({ argument: 0, ...from(i, j) })))
  const strides = contiguousStrides(dims)
  const stores = sums
    .transform(t, given, t)
    .flat()
    .map((value, p) => ({ value, access: { argument: 1, offset: p * numel(dims), strides } }))
  return sums.loop('transform', [-1, -2], dims, stores)
}

export function emitWinograd(e: Emitter, plan: WinogradPlan): EmittedKernel {
  const { c, m, channel, images, rows, blocks } = plan
  const { kernel } = c
  // tiles reach as far as their last outputs would
  const [y, x] = [plan.y, plan.x].map((line): TiledAxis => {
    const position = { ...line.position, size: 2 * line.tiles }
    const terms = line.window.terms.map(t => (t.dim === line.position ? { ...t, dim: position } : t))
    return { ...line, position, window: { ...line.window, terms } }
  }) as [TiledAxis, TiledAxis]
  const source = sourceOf(e, false, [channel], [y.window, x.window], { axis: x.window, step: 2 })
  const row = source.element(y.position)(1)
  const n = rows * x.tiles

  const filters = toPoints(filter, 3, [m.size, channel.size], (i, j) => ({
    offset: i * y.tap.a + j * x.tap.a,
    strides: [m.a, channel.a],
  }))
  const tiles = toPoints(image, 4, [channel.size, rows, x.tiles], (i, j) => ({
    offset: i * row + source.position(x.window, x.window.start + j),
    strides: [source.element(channel)(1), 2 * row, 1],
  }))
  const axis = (dim: number, size: number, stride: number): Axis => ({
    size,
    stride,
    start: 0,
    terms: [{ dim, step: 1 }],
  })
  const product: ContractKernel = {
    kind: 'contract',
    name: kernel.name,
    buffers: [-1, -2, -3],
    dims: [
      { size: points, role: 'batch' },
      { size: m.size, role: 'm' },
      { size: n, role: 'n' },
      { size: channel.size, role: 'k' },
    ],
    a: {
      argument: 0,
      offset: 0,
      axes: [axis(0, points, m.size * channel.size), axis(1, m.size, channel.size), axis(3, channel.size, 1)],
    },
    b: {
      argument: 1,
      offset: 0,
      axes: [axis(0, points, channel.size * n), axis(3, channel.size, n), axis(2, n, 1)],
    },
    epilogue: {
      body: [{ op: 'result', dtype: 'float32' }],
      stores: [{ value: 0, access: { argument: 2, offset: 0, strides: [m.size * n, n, 1, 0] } }],
    },
    dtype: 'float32',
  }
  /** Outputs (i, j) of all tiles, through the epilogue. */
  const finish = (i: number, j: number): LoopKernel => {
    const sums = new Sums()
    const [p, q] = [i, j].map(of => range(4).filter(at => output[of]![at] !== 0)) as [number[], number[]]
    const given = p.map(a =>
      q.map(b => sums.load({ argument: 0, offset: (4 * a + b) * m.size * n, strides: [n, x.tiles, 1] })),
    )
    const [t, u] = [p.map(a => output[i]![a]!), q.map(b => output[j]![b]!)]
    const result = sums.transform([t], given, [u])[0]![0]!
    const siteOf = (s: number): Access => {
      const [ofY, ofX] = [plan.y, plan.x].map(line => line.position.sites[s]!) as [number, number]
      return { argument: 1 + s, offset: i * ofY + j * ofX, strides: [m.sites[s]!, 2 * ofY, 2 * ofX] }
    }
    let site = 0
    const places: number[] = []
    for (const instruction of kernel.epilogue.body) {
      if (instruction.op === 'result') places.push(result)
      else if (instruction.op === 'load') places.push(sums.add({ ...instruction, access: siteOf(site++) }))
      else if ('args' in instruction)
        places.push(sums.add({ ...instruction, args: instruction.args.map(v => places[v]!) } as Instruction))
      else places.push(sums.add(instruction))
    }
    const stores = kernel.epilogue.stores.map(({ value }) => ({ value: places[value]!, access: siteOf(site++) }))
    const left = (line: TiledAxis, at: number): number => Math.ceil((line.position.size - at) / 2)
    const down = blocks > 1 ? rows : left(plan.y, i)
    const buffers = [-1, ...c.sites.map(s => kernel.buffers[s.access.argument]!)]
    return sums.loop(kernel.name, buffers, [m.size, down, left(plan.x, j)], stores)
  }

  const emitted = {
    filters: emitLoop(e, filters),
    tiles: emitLoop(e, tiles),
    product: emitGemm(e, planMatrix(normalize(product), 4)!),
    finish: [0, 1].flatMap(i => [0, 1].map(j => emitLoop(e, finish(i, j)))),
  }
  const after = (at: number, elements: number): number => (at + elements * 4 + 127) & ~63
  const weightsAt = source.bytes
  const tilesAt = after(weightsAt, points * m.size * channel.size)
  const sumsAt = after(tilesAt, points * channel.size * n)
  const free = after(sumsAt, points * m.size * n)
  const index = kernelFunction(e, kernel, (f, { buffers, scratch, constants }) => {
    const [a, b, from] = [f.i32(), f.i32(), f.i32()] as const
    const sites = c.sites.map(() => f.i32())
    const at = (offset: number) => i32.add(get(scratch), i32.const(offset))
    const rest = [at(free), get(constants)] as const
    const block =
      call(emitted.tiles.index, get(from), at(tilesAt), ...rest) +
      call(emitted.product.index, at(weightsAt), at(tilesAt), at(sumsAt), ...rest) +
      emitted.finish.map(k => call(k.index, at(sumsAt), ...sites.map(get), ...rest)).join('')
    const down = { count: blocks, steps: [row, ...plan.y.position.sites].map(step => step * 2 * rows * 4) }
    return (
      startPointers(c, buffers, a, b, sites) +
      source.clear(scratch) +
      call(emitted.filters.index, get(a), at(weightsAt), ...rest) +
      nest(
        f,
        [a, b, ...sites],
        images.map(levelOf),
        source.load(from, b, scratch) + nest(f, [from, ...sites], [down], block),
      )
    )
  })
  const scratch = [emitted.filters, emitted.tiles, emitted.product, ...emitted.finish].map(k => k.scratchBytes)
  return { index, scratchBytes: free + Math.max(...scratch), notes: [] }
}
