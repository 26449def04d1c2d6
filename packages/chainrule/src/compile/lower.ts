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
import { type Coordinate, identityPlace, isMovement, Place } from './place.ts'
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
      return [lowerContract(group, stored, buffers)]
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
  const dims = group.dims
  const body = new Body(dims, {
    members,
    placeOf: node => group.placeOf(node),
    bufferOf: node => (members.has(node) ? undefined : buffers.of(node)),
  })
  for (const node of stored) body.storeNode(buffers.of(node)!, node)
  return {
    kind: 'loop',
    name: nameOf(group),
    buffers: body.buffers,
    dims,
    rows: group.rows.length,
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

function lowerContract(group: Group, stored: readonly Node[], buffers: Buffers): ContractKernel {
  const { root } = group
  const [left, right] = root.inputs as [Node, Node]
  const dims: { size: number; role: Role }[] = []
  const dim = (size: number, role: Role): number => dims.push({ size, role }) - 1
  const axis = (size: number, stride: number, d: number): Axis => ({
    size,
    stride,
    start: 0,
    terms: [{ dim: d, step: 1 }],
  })
  let coordinates: Coordinate[]
  let a: Omit<Operand, 'argument'> & { buffer: BufferId }
  let b: Omit<Operand, 'argument'> & { buffer: BufferId }
  const over = (d: number): Coordinate => ({ start: 0, terms: [{ dim: d, step: 1 }] })
  if (root.primitive === 'dot') {
    const x = resolve(left, buffers.of)
    const y = resolve(right, buffers.of)
    const batch = root.shape.slice(0, -2).map(n => dim(n, 'batch'))
    const [rows, columns] = root.shape.slice(-2) as [number, number]
    const inner = left.shape[left.shape.length - 1]!
    const m = dim(rows, 'm')
    const n = dim(columns, 'n')
    const k = dim(inner, 'k')
    const axes = (strides: readonly number[], order: readonly number[]): Axis[] =>
      order.map((d, i) => axis(dims[d]!.size, strides[i]!, d))
    a = { buffer: x.buffer, offset: x.offset, axes: axes(x.strides, [...batch, m, k]) }
    b = { buffer: y.buffer, offset: y.offset, axes: axes(y.strides, [...batch, k, n]) }
    coordinates = [...batch, m, n].map(over)
  } else {
    const { stride, padding, dilation, groups } = (root as NodeOf<'conv'>).attributes
    const x = resolve(left, buffers.of)
    const w = resolve(right, buffers.of)
    const [images, channels, ...size] = left.shape as [number, number, ...number[]]
    const [outputs, inner, ...taps] = right.shape as [number, number, ...number[]]
    const image = dim(images, 'n')
    const g = groups > 1 ? dim(groups, 'batch') : -1
    const m = dim(outputs / groups, 'm')
    const positions = root.shape.slice(2).map(n => dim(n, 'n'))
    const k = dim(inner, 'k')
    const tap = taps.map(n => dim(n, 'k'))
    const grouped = (axes: Axis[], stride: number): Axis[] => (g < 0 ? axes : [axis(groups, stride, g), ...axes])
    a = {
      buffer: w.buffer,
      offset: w.offset,
      axes: grouped(
        [
          axis(outputs / groups, w.strides[0]!, m),
          axis(inner, w.strides[1]!, k),
          ...taps.map((n, i) => axis(n, w.strides[i + 2]!, tap[i]!)),
        ],
        w.strides[0]! * (outputs / groups),
      ),
    }
    b = {
      buffer: x.buffer,
      offset: x.offset,
      axes: [
        axis(images, x.strides[0]!, image),
        ...grouped([axis(channels / groups, x.strides[1]!, k)], x.strides[1]! * (channels / groups)),
        ...size.map((n, i) => ({
          size: n,
          stride: x.strides[i + 2]!,
          start: -padding[i]![0],
          terms: [
            { dim: positions[i]!, step: stride[i]! },
            { dim: tap[i]!, step: dilation[i]! },
          ],
        })),
      ],
    }
    const channel: Coordinate =
      g < 0
        ? over(m)
        : {
            start: 0,
            terms: [
              { dim: g, step: outputs / groups },
              { dim: m, step: 1 },
            ],
          }
    coordinates = [over(image), channel, ...positions.map(over)]
  }
  const { body, argument } = epilogue(
    group,
    stored,
    buffers,
    dims.map(d => d.size),
    coordinates,
  )
  return {
    kind: 'contract',
    name: nameOf(group),
    buffers: body.buffers,
    dims,
    a: { argument: argument(a.buffer), offset: a.offset, axes: a.axes },
    b: { argument: argument(b.buffer), offset: b.offset, axes: b.axes },
    epilogue: { body: body.instructions, stores: body.stores },
    dtype: root.dtype,
  }
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
      const order = contiguousStrides(node.shape)
      const strides = new Array<number>(dims.length).fill(0)
      const place = placeOf(input)
      node.attributes.axes.forEach((axis, i) => {
        for (const { dim, step } of place.coordinates[axis]!.terms) strides[dim]! += step * order[i]!
      })
      body.store(buffers.of(node)!, body.value(input, place), { offset: 0, strides })
    } else body.storeNode(buffers.of(node)!, node)
  }
  return { body, argument: (buffer: BufferId) => body.argument(buffer) }
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
  const { body } = epilogue(group, stored, buffers, dims, identityPlace(root.shape).coordinates)
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
