/** One kernel (or a few) for each group of nodes. */
import type { Node, NodeOf } from '../graph/node.ts'
import { contiguousStrides, numel, range, type Shape } from '../graph/shape.ts'
import { Body, contiguous, resolve } from './body.ts'
import type { Group } from './fuse.ts'
import type {
  Access,
  Axis,
  BufferId,
  ContractKernel,
  Kernel,
  LoopKernel,
  Operand,
  Role,
  WindowKernel,
} from './kernel.ts'
import { type Phase, phasesOf } from './phases.ts'
import { along, type Coordinate, identityPlace, isMovement, linear, Place } from './place.ts'
import { sortPermutation } from './sort.ts'

export interface Buffers {
  /** The buffer of a node that exists in memory. */
  of(node: Node): BufferId | undefined
}

/** Kernels of a group; `stored` are its nodes that must exist in memory, in order of creation. */
export function lower(group: Group, stored: readonly Node[], buffers: Buffers): Kernel[] {
  if (stored.every(n => numel(n.shape) === 0)) return []
  switch (group.kind) {
    case 'loop':
      return [lowerLoop(group, stored, buffers)]
    case 'contract':
      return lowerContract(group, stored, buffers)
    case 'window':
      return [lowerWindow(group, stored, buffers)]
    case 'alone':
      return lowerAlone(group.root, buffers)
  }
}

/** For people: the primitives and where in the model they come from. */
export function nameOf(group: Group): string {
  const counts = new Map<string, number>()
  for (const node of group.nodes)
    if (!isMovement(node) || group.nodes.length === 1) counts.set(node.primitive, (counts.get(node.primitive) ?? 0) + 1)
  const work = [...counts].map(([name, n]) => (n > 1 ? `${n} ${name}` : name)).join(' ')
  const scope = group.nodes.find(n => n.scope !== '')?.scope
  return scope ? `${scope}: ${work}` : work
}

function lowerLoop(group: Group, stored: readonly Node[], buffers: Buffers): LoopKernel {
  const members = new Set(group.nodes)
  const { dims, rows } = group.frame
  const body = new Body(dims, {
    members,
    placeOf: node => group.frame.placeOf(node),
    bufferOf: node => (members.has(node) ? undefined : buffers.of(node)),
  })
  for (const node of stored) body.storeNode(buffers.of(node)!, node)
  return {
    kind: 'loop',
    name: nameOf(group),
    buffers: body.buffers,
    dims,
    rows: rows.length,
    body: body.instructions,
    reductions: body.reductions,
    stores: body.stores,
  }
}

/** Epilogue members lie over the root's axes of size > 1. */
function placeLike(root: Node, coordinates: readonly Coordinate[]): (node: Node) => Place {
  const real = coordinates.filter((_, i) => root.shape[i] !== 1)
  return node => {
    let next = 0
    return new Place(node.shape.map(n => (n === 1 ? { start: 0, terms: [] } : real[next++]!)))
  }
}

/** A convolution of a dilated input is a kernel for each phase. */
function lowerContract(group: Group, stored: readonly Node[], buffers: Buffers): ContractKernel[] {
  const { root } = group
  const kernel = (dims: ContractKernel['dims'], coordinates: readonly Coordinate[], ...operands: Source[]) => {
    const body = epilogue(group, stored, buffers, numbers(dims), coordinates)
    const [a, b] = operands.map(({ buffer, ...rest }): Operand => ({ ...rest, argument: body.argument(buffer) }))
    return {
      kind: 'contract',
      name: nameOf(group),
      buffers: body.buffers,
      dims,
      a: a!,
      b: b!,
      epilogue: { body: body.instructions, stores: body.stores },
      dtype: root.dtype,
    } satisfies ContractKernel
  }
  const [left, right] = root.inputs.map(node => resolve(node, buffers.of)) as [Resolved, Resolved]
  if (root.primitive === 'conv') return phasesOf(root).map(phases => kernel(...convolution(root, left, right, phases)))
  return [kernel(...product(root, left, right))]
}
type Source = Omit<Operand, 'argument'> & { readonly buffer: BufferId }
type Resolved = ReturnType<typeof resolve>
type Contracted = [dims: ContractKernel['dims'], coordinates: Coordinate[], a: Source, b: Source]

const numbers = (dims: ContractKernel['dims']): number[] => dims.map(d => d.size)
/** Loops of a contraction, by their numbers. */
function loops() {
  const dims: { size: number; role: Role }[] = []
  return {
    dims,
    dim: (size: number, role: Role): number => dims.push({ size, role }) - 1,
    /** Along one loop. */
    axis: (stride: number, dim: number): Axis => ({
      size: dims[dim]!.size,
      stride,
      start: 0,
      terms: [{ dim, step: 1 }],
    }),
  }
}

function product(root: Node, x: Resolved, y: Resolved): Contracted {
  const { dims, dim, axis } = loops()
  const batch = root.shape.slice(0, -2).map(n => dim(n, 'batch'))
  const [rows, columns] = root.shape.slice(-2) as [number, number]
  const m = dim(rows, 'm')
  const n = dim(columns, 'n')
  const k = dim(root.inputs[0]!.shape.at(-1)!, 'k')
  const operand = ({ buffer, offset, strides }: Resolved, order: readonly number[]): Source => ({
    buffer,
    offset,
    axes: order.map((d, i) => axis(strides[i]!, d)),
  })
  return [dims, [...batch, m, n].map(d => along(d)), operand(x, [...batch, m, k]), operand(y, [...batch, k, n])]
}

function convolution(root: NodeOf<'conv'>, x: Resolved, w: Resolved, phases: readonly Phase[]): Contracted {
  const { stride, dilation, groups } = root.attributes
  const { dims, dim, axis } = loops()
  const [images, , ...size] = root.inputs[0]!.shape as [number, number, ...number[]]
  const [outputs, inner] = root.inputs[1]!.shape as [number, number]
  const image = dim(images, 'n')
  const g = groups > 1 ? dim(groups, 'batch') : -1
  const m = dim(outputs / groups, 'm')
  // the innermost first: where lanes are, neighbours of rows are neighbours in memory
  const repeats = phases
    .map(p => p.repeat)
    .reverse()
    .map(n => (n > 1 ? dim(n, 'm') : -1))
    .reverse()
  const positions = phases.map(p => dim(p.count, 'n'))
  const k = dim(inner, 'k')
  const taps = phases.map(p => dim(p.taps, 'k'))
  const grouped = (stride: number, axes: Axis[]): Axis[] => (g < 0 ? axes : [axis(stride, g), ...axes])
  const channel = along(m)
  return [
    dims,
    [
      along(image),
      g < 0 ? channel : { start: 0, terms: [{ dim: g, step: outputs / groups }, ...channel.terms] },
      ...phases.map((p, i) => ({
        start: p.start,
        terms: [{ dim: positions[i]!, step: p.step }, ...(p.repeat > 1 ? [{ dim: repeats[i]!, step: 1 }] : [])],
      })),
    ],
    {
      buffer: w.buffer,
      offset: phases.reduce((n, p, i) => n + p.first * w.strides[i + 2]!, w.offset),
      axes: grouped(w.strides[0]! * (outputs / groups), [
        axis(w.strides[0]!, m),
        axis(w.strides[1]!, k),
        ...phases.flatMap((p, i) => [
          axis(w.strides[i + 2]! * p.step, taps[i]!),
          ...(p.repeat > 1 ? [axis(-w.strides[i + 2]!, repeats[i]!)] : []),
        ]),
      ]),
    },
    {
      buffer: x.buffer,
      offset: x.offset,
      axes: [
        axis(x.strides[0]!, image),
        ...grouped(x.strides[1]! * inner, [axis(x.strides[1]!, k)]),
        ...phases.map((p, i) => ({
          size: size[i]!,
          stride: x.strides[i + 2]!,
          start: -p.low,
          terms: [
            { dim: positions[i]!, step: stride[i]! },
            { dim: taps[i]!, step: dilation[i]! },
          ],
        })),
      ],
    },
  ]
}

/** The elementwise nodes after the root and where they are stored; a permuted tail is stored in its own order. */
function epilogue(
  group: Group,
  stored: readonly Node[],
  buffers: Buffers,
  dims: Shape,
  coordinates: readonly Coordinate[],
) {
  const { root, tail } = group
  const placeOf = placeLike(root, coordinates)
  const members = new Set(group.nodes)
  const body = new Body(dims, {
    members,
    placeOf,
    bufferOf: node => (members.has(node) ? undefined : buffers.of(node)),
    result: root,
  })
  for (const node of stored) {
    if (node === tail && node.primitive === 'permute') {
      const input = node.inputs[0]!
      const place = placeOf(input)
      const stored = new Place(node.attributes.axes.map(axis => place.coordinates[axis]!))
      body.store(buffers.of(node)!, body.value(input, place), linear(node.shape, stored, dims.length))
    } else body.storeNode(buffers.of(node)!, node)
  }
  return body
}

const windowOps = { windowSum: 'sum', windowMax: 'max', windowPick: 'pick', windowScatter: 'scatter' } as const

function lowerWindow(group: Group, stored: readonly Node[], buffers: Buffers): WindowKernel {
  const root = group.root as NodeOf<'windowSum'> | NodeOf<'windowMax'> | NodeOf<'windowPick'> | NodeOf<'windowScatter'>
  const { window, stride, padding, dilation } = root.attributes
  const rank = window.length
  const x = root.inputs[0]!
  const lead = x.shape.slice(0, x.shape.length - rank)
  const size = x.shape.slice(-rank)
  const out = root.shape.slice(-rank)
  const positions = root.primitive === 'windowScatter' ? root.inputs[1]!.shape.slice(-rank) : out
  // leading axes are one dimension of rows in the kernel; accesses are collapsed below
  const dims = [...lead, ...out]
  const body = epilogue(group, stored, buffers, dims, identityPlace(root.shape).coordinates)
  const collapse = (access: Access): Access => ({
    ...access,
    strides: [access.strides[lead.findLastIndex(n => n > 1)] ?? 0, ...access.strides.slice(lead.length)],
  })
  return {
    kind: 'window',
    name: nameOf(group),
    op: windowOps[root.primitive],
    inputs: root.inputs.map(i => body.argument(contiguous(i, buffers.of))),
    buffers: body.buffers,
    rows: numel(lead),
    size,
    positions,
    window,
    stride,
    low: padding.map(p => p[0]),
    dilation,
    inputDilation: root.primitive === 'windowSum' ? root.attributes.inputDilation : window.map(() => 1),
    epilogue: {
      body: body.instructions.map(i => (i.op === 'load' ? { ...i, access: collapse(i.access) } : i)),
      stores: body.stores.map(s => ({ ...s, access: collapse(s.access) })),
    },
    dtype: root.dtype,
  }
}

function lowerAlone(node: Node, buffers: Buffers): Kernel[] {
  const out = buffers.of(node)!
  const name = node.scope === '' ? node.primitive : `${node.scope}: ${node.primitive}`
  const product = (shape: Shape, from: number, to?: number): number => numel(shape.slice(from, to))
  switch (node.primitive) {
    case 'gather': {
      const [x, indices] = node.inputs as [Node, Node]
      const { axis } = node.attributes
      return [
        {
          kind: 'gather',
          name,
          buffers: [contiguous(x, buffers.of), contiguous(indices, buffers.of), out],
          outer: product(x.shape, 0, axis),
          size: x.shape[axis]!,
          inner: product(x.shape, axis + 1),
          count: numel(indices.shape),
          dtype: node.dtype,
        },
      ]
    }
    case 'scatterAdd': {
      const [updates, indices] = node.inputs as [Node, Node]
      const { axis, size } = node.attributes
      return [
        {
          kind: 'scatter',
          name,
          buffers: [contiguous(updates, buffers.of), contiguous(indices, buffers.of), out],
          outer: product(node.shape, 0, axis),
          size,
          inner: product(node.shape, axis + 1),
          count: numel(indices.shape),
          dtype: node.dtype,
        },
      ]
    }
    case 'concat':
      return lowerConcat(node, out, name, buffers)
    case 'argsort': {
      const [x] = node.inputs as [Node]
      const { axis, descending } = node.attributes
      return [
        {
          kind: 'host',
          name,
          buffers: [contiguous(x, buffers.of), out],
          inputs: [{ shape: x.shape, dtype: x.dtype }],
          output: { shape: node.shape, dtype: node.dtype },
          run: ({ data }) => sortPermutation(data, x.shape, axis, descending),
        },
      ]
    }
    case 'host':
      return [
        {
          kind: 'host',
          name: node.attributes.name,
          buffers: [...node.inputs.map(i => contiguous(i, buffers.of)), out],
          inputs: node.inputs.map(i => ({ shape: i.shape, dtype: i.dtype })),
          output: { shape: node.shape, dtype: node.dtype },
          run: node.attributes.run,
        },
      ]
    default:
      throw new Error(`internal: ${node.primitive} does not stand alone`)
  }
}

/** Each input is copied to its part of the result. */
function lowerConcat(node: NodeOf<'concat'>, out: BufferId, name: string, buffers: Buffers): LoopKernel[] {
  const strides = contiguousStrides(node.shape)
  let start = 0
  return node.inputs.flatMap(input => {
    const offset = start * strides[node.attributes.axis]!
    start += input.shape[node.attributes.axis]!
    if (numel(input.shape) === 0) return []
    const dims = [...input.shape]
    const body = new Body(dims, { members: new Set(), placeOf: n => identityPlace(n.shape), bufferOf: buffers.of })
    body.store(out, body.value(input, identityPlace(input.shape)), {
      offset,
      strides: range(dims.length).map(i => (dims[i] === 1 ? 0 : strides[i]!)),
    })
    const { instructions, stores } = body
    return [
      {
        kind: 'loop' as const,
        name,
        buffers: body.buffers,
        dims,
        rows: dims.length,
        body: instructions,
        reductions: [],
        stores,
      },
    ]
  })
}
