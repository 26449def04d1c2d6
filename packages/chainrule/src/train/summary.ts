/** What a model consists of: its layers with the shapes, parameters and multiply-adds of one pass, without computing anything. */

import * as build from '../graph/build.ts'
import { hostBytes } from '../graph/dtype.ts'
import { type Node, topological } from '../graph/node.ts'
import { numel, type Shape, show } from '../graph/shape.ts'
import type { Module } from '../nn/module.ts'
import { wrap } from '../tensor/handle.ts'
import type { AnyTensor } from '../tensor/types.ts'
import { receptiveFields } from './receptive-field.ts'
import type { Trainable } from './types.ts'
import { checkModel } from './types.ts'
import { watch } from './watch.ts'

export interface LayerSummary {
  /** The path of the module, as in its parameters' names. */
  readonly name: string
  /** How the layer was made: `conv2d(1, 6, 5×5)`. */
  readonly description: string
  readonly output: Shape
  readonly parameters: number
  /** Multiplications (each with its addition) in contractions: matrix products and convolutions. */
  readonly multiplyAdds: number
  /** How many inputs one output sees along each spatial axis; undefined for inputs without any, or where axes are mixed. */
  readonly receptiveField: Shape | undefined
}

export interface ModelSummary {
  readonly layers: readonly LayerSummary[]
  readonly parameters: number
  /** Of them, those that are trained. */
  readonly trainable: number
  readonly multiplyAdds: number
  /** Of parameters and buffers. */
  readonly stateBytes: number
  /** Of the outputs of all layers. */
  readonly activationBytes: number
}

/** Follows one pass over an input of this shape (with its batch axis). */
export function summary(model: Trainable, input: Shape): ModelSummary {
  checkModel('summary', model)
  const seen = new Map<Module, AnyTensor>()
  const order: [string, Module][] = []
  const modules = [...model.namedModules()].filter(([, module]) => module.children().size === 0)
  const restore = modules.map(([name, module]) =>
    watch(module, output => {
      if (!seen.has(module)) order.push([name, module])
      seen.set(module, output)
    }),
  )
  const start = build.full(input, 0, 'float32')
  let output: AnyTensor
  try {
    output = model.forward(wrap(start) as never) as AnyTensor
  } finally {
    for (const undo of restore) undo()
  }

  const work = new Map<string, number>()
  for (const node of topological([output.node])) {
    const count = multiplyAdds(node)
    if (count > 0) work.set(node.scope, (work.get(node.scope) ?? 0) + count)
  }
  const sizes = (variables: Iterable<AnyTensor>): number =>
    [...new Set(variables)].reduce((n, v) => n + numel(v.shape), 0)
  const fields = receptiveFields(start, [output.node])
  const layers = order.map(
    ([name, module]): LayerSummary => ({
      name,
      description: describe(module),
      output: seen.get(module)!.shape,
      parameters: sizes(module.namedParameters().values()),
      multiplyAdds: [...work].reduce(
        (n, [scope, count]) => (scope === name || scope.startsWith(`${name}.`) ? n + count : n),
        0,
      ),
      receptiveField: fields.get(seen.get(module)!.node),
    }),
  )
  const found: ModelSummary = {
    layers,
    parameters: sizes(model.namedParameters().values()),
    trainable: sizes(model.parameters()),
    multiplyAdds: [...work.values()].reduce((a, b) => a + b, 0),
    stateBytes: [...new Set(model.stateDict().values())].reduce((n, v) => n + numel(v.shape) * hostBytes[v.dtype], 0),
    activationBytes: [...seen.values()].reduce((n, t) => n + numel(t.shape) * hostBytes[t.dtype], 0),
  }
  // not enumerable: a summary is still a plain object to whoever copies or serialises it
  const text = { value: () => textOf(found) }
  return Object.defineProperties(found, { toString: text, [Symbol.for('nodejs.util.inspect.custom')]: text })
}

/** The layers as a table, and the totals. */
function textOf({ layers, parameters, trainable, multiplyAdds, stateBytes, activationBytes }: ModelSummary): string {
  const count = (n: number): string => n.toLocaleString('en-US')
  const spatial = layers.some(l => l.receptiveField)
  const rows = [
    ['layer', '', 'output', 'parameters', 'multiply-adds', ...(spatial ? ['sees'] : [])],
    ...layers.map(l => [
      l.name,
      l.description,
      show(l.output),
      count(l.parameters),
      count(l.multiplyAdds),
      ...(spatial ? [l.receptiveField?.join('×') ?? ''] : []),
    ]),
  ]
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map(row => row[c]!.length)))
  const lines = rows.map(row =>
    row
      .map((cell, c) => (c < 3 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join('  ')
      .trimEnd(),
  )
  const frozen = trainable === parameters ? '' : `, ${count(trainable)} trained`
  return [
    ...lines,
    `${count(parameters)} parameters${frozen}; ${count(multiplyAdds)} multiply-adds; ` +
      `${count(stateBytes)} bytes of state, ${count(activationBytes)} of layer outputs`,
  ].join('\n')
}

const describe = (module: Module): string =>
  module.toString === Object.prototype.toString ? module.constructor.name : String(module)

/** Multiply-adds of one node: elements of the output times the length of the sum behind each. */
function multiplyAdds(node: Node): number {
  const [x, w] = node.inputs
  if (node.primitive === 'dot') return numel(node.shape) * x!.shape.at(-1)!
  if (node.primitive === 'conv') return numel(node.shape) * numel(w!.shape.slice(1))
  return 0
}
