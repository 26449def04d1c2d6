/** The network of the studio: what the reader may choose of it, its layers, and how their shapes follow from each other. */
import { ChainruleError, nn, type Tensor, zeros } from 'chainrule'

export interface Architecture {
  readonly c1: number
  readonly f1: number
  readonly s1: number
  readonly p1: number
  readonly pool1: 'max' | 'average' | 'none'
  readonly c2: number
  readonly f2: number
  readonly p2: number
  readonly pool2: 'max' | 'average' | 'none'
  readonly h1: number
  readonly h2: number
}
export type Kind = 'input' | 'conv' | 'relu' | 'max' | 'average' | 'linear'
export interface LayerInfo {
  readonly name: string
  readonly kind: Kind
  /** [channels, height, width], or [units]. */
  readonly shape: readonly number[]
  readonly parameters: number
  /** As one would write it by hand: how the parameters are counted. */
  readonly count: string
  /** Kernel, stride, padding of layers that have them. */
  readonly window: { readonly size: number; readonly stride: number; readonly padding: number } | undefined
}
type AnyLayer = { forward(x: never): unknown }
export interface Network {
  /** The input is first; it has no module. */
  readonly layers: readonly (LayerInfo & { readonly module: AnyLayer | undefined })[]
  /** Which layer does not fit, and what the engine says. */
  readonly misfit: { readonly name: string; readonly message: string } | undefined
}

const lenet: Architecture = {
  c1: 6,
  f1: 5,
  s1: 1,
  p1: 2,
  pool1: 'max',
  c2: 16,
  f2: 5,
  p2: 0,
  pool2: 'max',
  h1: 120,
  h2: 84,
}

export { lenet }

/** Makes the layers one after the other; the first that does not fit ends it. */
export function network(a: Architecture, input: readonly number[] = [1, 28, 28]): Network {
  const layers: Network['layers'][number][] = [
    { name: 'input', kind: 'input', shape: input, parameters: 0, count: '', window: undefined, module: undefined },
  ]
  const shapeNow = (): readonly number[] => layers.at(-1)!.shape
  const add = (name: string, kind: Kind, module: AnyLayer, rest: Partial<LayerInfo> = {}): void => {
    const x = zeros([1, ...shapeNow()])
    const y = module.forward(x as never) as Tensor
    layers.push({
      name,
      kind,
      module,
      shape: y.shape.slice(1),
      parameters: 0,
      count: '',
      window: undefined,
      ...rest,
    })
  }
  const conv = (name: string, out: number, size: number, stride: number, padding: number): void => {
    const channels = shapeNow()[0]!
    add(name, 'conv', nn.conv2d(channels, out, size, { stride, padding }) as unknown as AnyLayer, {
      parameters: out * (channels * size * size + 1),
      count: `${out}·(${size}·${size}·${channels} + 1)`,
      window: { size, stride, padding },
    })
  }
  const pool = (name: string, kind: 'max' | 'average' | 'none'): void => {
    if (kind === 'none') return
    const layer = kind === 'max' ? nn.maxPool2d(2) : nn.avgPool2d(2)
    add(name, kind, layer as unknown as AnyLayer, { window: { size: 2, stride: 2, padding: 0 } })
  }
  const linear = (name: string, out: number): void => {
    const inputs = shapeNow().reduce((n, d) => n * d, 1)
    const module = nn.linear(inputs, out)
    const flat = shapeNow().length > 1
    // pictures are flattened on the way in
    const layer = flat ? { forward: (x: Tensor) => module.forward(x.reshape([-1, inputs]) as never), module } : module
    add(name, 'linear', layer as unknown as AnyLayer, {
      parameters: out * (inputs + 1),
      count: `${out}·(${inputs} + 1)`,
    })
  }
  const relu = (name: string): void => add(name, 'relu', nn.relu() as unknown as AnyLayer)
  const plan: [string, () => void][] = [
    ['conv 1', () => conv('conv 1', a.c1, a.f1, a.s1, a.p1)],
    ['ReLU 1', () => relu('ReLU 1')],
    ['pool 1', () => pool('pool 1', a.pool1)],
    ...(a.c2 > 0
      ? ([
          ['conv 2', () => conv('conv 2', a.c2, a.f2, 1, a.p2)],
          ['ReLU 2', () => relu('ReLU 2')],
          ['pool 2', () => pool('pool 2', a.pool2)],
        ] as [string, () => void][])
      : []),
    ...([a.h1, a.h2] as const).flatMap((units, i) =>
      units > 0
        ? ([
            [`FC ${i + 1}`, () => linear(`FC ${i + 1}`, units)],
            [`ReLU ${i + 3}`, () => relu(`ReLU ${i + 3}`)],
          ] as [string, () => void][])
        : [],
    ),
    ['output', () => linear('output', 10)],
  ]
  for (const [name, make] of plan) {
    try {
      make()
    } catch (error) {
      if (!(error instanceof ChainruleError)) throw error
      return { layers, misfit: { name, message: error.message } }
    }
  }
  return { layers, misfit: undefined }
}

/** Rows and columns of layer `to` that reach the given ones of layer `from`: the cone of provenance, clipped to the picture. */
export function cone(
  layers: readonly LayerInfo[],
  from: number,
  to: number,
  row: number,
  column: number,
): { top: number; left: number; bottom: number; right: number } {
  let box = { top: row, left: column, bottom: row + 1, right: column + 1 }
  for (let i = from; i > to; i--) {
    const { window: w, kind } = layers[i]!
    const [, height = 1, width = 1] = layers[i - 1]!.shape
    if (kind === 'linear') {
      box = { top: 0, left: 0, bottom: height, right: width }
      continue
    }
    if (!w) continue
    const before = (start: number): number => start * w.stride - w.padding
    const after = (end: number): number => (end - 1) * w.stride - w.padding + w.size
    box = {
      top: Math.max(0, before(box.top)),
      left: Math.max(0, before(box.left)),
      bottom: Math.min(height, after(box.bottom)),
      right: Math.min(width, after(box.right)),
    }
  }
  return box
}
