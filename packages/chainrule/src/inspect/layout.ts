/**
 * Where the nodes of a layered picture go (Sugiyama, Tagawa and Toda 1981): layers by the longest way from the inputs, long
 * edges through a place in every layer between, an order in each layer by the mean place of the neighbours, which keeps crossings
 * few, and heights near the neighbours'.
 */

export interface Box {
  readonly width: number
  readonly height: number
}
export interface Point {
  readonly x: number
  readonly y: number
}
export interface Layout {
  /** Centres. */
  readonly nodes: readonly Point[]
  /** For each edge the points it goes through between its ends. */
  readonly edges: readonly (readonly Point[])[]
  readonly width: number
  readonly height: number
}

interface Place {
  readonly layer: number
  readonly box: Box
  readonly left: Place[]
  readonly right: Place[]
  rank: number
  y: number
}

/** @param edges pairs of node numbers, from operand to result; there is no circle */
export function layout(
  boxes: readonly Box[],
  edges: readonly (readonly [from: number, to: number])[],
  { across = 60, between = 14 } = {},
): Layout {
  const layerOf = layersOf(boxes.length, edges)
  const places = boxes.map((box, i): Place => ({ layer: layerOf[i]!, box, left: [], right: [], rank: i, y: 0 }))
  const all = [...places]
  const bends = edges.map(([from, to]) => {
    const way: Place[] = []
    for (let layer = layerOf[from]! + 1; layer < layerOf[to]!; layer++)
      way.push({ layer, box: { width: 0, height: 0 }, left: [], right: [], rank: all.length, y: 0 })
    all.push(...way)
    const chain = [places[from]!, ...way, places[to]!]
    chain.slice(1).forEach((place, i) => {
      place.left.push(chain[i]!)
      chain[i]!.right.push(place)
    })
    return way
  })

  const count = Math.max(...layerOf, 0) + 1
  const layers = Array.from({ length: count }, (_, l) => all.filter(p => p.layer === l))
  const number = (layer: Place[]): void =>
    layer.forEach((place, i) => {
      place.rank = i
    })
  for (const layer of layers) number(layer)
  for (let sweep = 0; sweep < 12; sweep++) {
    const forwards = sweep % 2 === 0
    for (const layer of forwards ? layers : layers.toReversed()) {
      const wanted = new Map(layer.map(p => [p, mean((forwards ? p.left : p.right).map(n => n.rank)) ?? p.rank]))
      layer.sort((a, b) => wanted.get(a)! - wanted.get(b)! || a.rank - b.rank)
      number(layer)
    }
  }

  for (const layer of layers) stack(layer, between)
  for (let sweep = 0; sweep < 12; sweep++)
    for (const layer of sweep % 2 === 0 ? layers : layers.toReversed()) {
      for (const p of layer) p.y = mean([...p.left, ...p.right].map(n => n.y)) ?? p.y
      spread(layer, between)
    }

  let x = 0
  const columns = layers.map(layer => {
    const width = Math.max(...layer.map(p => p.box.width))
    const centre = x + width / 2
    x += width + across
    return centre
  })
  const top = Math.min(...all.map(p => p.y - p.box.height / 2))
  const bottom = Math.max(...all.map(p => p.y + p.box.height / 2))
  const at = (p: Place): Point => ({ x: columns[p.layer]!, y: p.y - top })
  return {
    nodes: places.map(at),
    edges: bends.map(way => way.map(at)),
    width: Math.max(0, x - across),
    height: bottom - top,
  }
}

/** Results after all their operands; what has no operands right before its first user. */
function layersOf(count: number, edges: readonly (readonly [number, number])[]): number[] {
  const layers = new Array<number>(count).fill(0)
  const bySource = edges.toSorted((a, b) => a[0] - b[0]) // operands have smaller numbers than results
  for (const [from, to] of bySource) layers[to] = Math.max(layers[to]!, layers[from]! + 1)
  for (let node = 0; node < count; node++)
    if (!edges.some(e => e[1] === node)) {
      const users = edges.filter(e => e[0] === node).map(e => layers[e[1]]!)
      if (users.length > 0) layers[node] = Math.min(...users) - 1
    }
  return layers
}

const mean = (numbers: readonly number[]): number | undefined =>
  numbers.length === 0 ? undefined : numbers.reduce((a, b) => a + b, 0) / numbers.length

function stack(layer: readonly Place[], between: number): void {
  let y = 0
  for (const p of layer) {
    p.y = y + p.box.height / 2
    y += p.box.height + between
  }
  for (const p of layer) p.y -= y / 2
}

/** Pushes overlapping neighbours apart around their common centre. */
function spread(layer: readonly Place[], between: number): void {
  const gap = (a: Place, b: Place): number => (a.box.height + b.box.height) / 2 + between
  const wanted = mean(layer.map(p => p.y)) ?? 0
  for (let i = 1; i < layer.length; i++)
    layer[i]!.y = Math.max(layer[i]!.y, layer[i - 1]!.y + gap(layer[i - 1]!, layer[i]!))
  const shift = wanted - (mean(layer.map(p => p.y)) ?? 0)
  for (const p of layer) p.y += shift
}
