/** H1: layers, usually fully connected; what that costs in parameters. */
import { tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { choice, integer, list } from '../../frame/schema.ts'
import { firstLayers, forward, type Layer, tensorsOf } from '../../networks/trainer.ts'

export interface State {
  /** Units of each layer, inputs first. */
  readonly sizes: readonly number[]
  readonly act: 'sigmoid' | 'tanh' | 'relu'
  readonly seed: number
  readonly x: readonly number[]
}
export interface Derived {
  readonly layers: readonly Layer[]
  /** Every layer's activations, the inputs first. */
  readonly activations: readonly (readonly number[])[]
  readonly parameters: number
}

export const model: Model<State, Derived> = {
  schema: {
    sizes: list('units per layer', [2, 4, 1], { min: 1, max: 8, step: 1, whole: true, length: [2, 6] }),
    act: choice('hidden activation', { sigmoid: 'sigmoid', tanh: 'tanh', relu: 'ReLU' }, 'sigmoid'),
    seed: integer('seed of the weights', 1, { min: 0, max: 999 }),
    x: list('inputs', [1, -1], { min: -5, max: 5, step: 0.1, length: [1, 8] }),
  },
  async derive({ sizes, act, seed, x }) {
    const layers = await firstLayers({ sizes, seed, init: 'fan' })
    const inputs = Array.from({ length: sizes[0]! }, (_, i) => x[i] ?? 0)
    const all = forward(
      tensor(inputs, { shape: [1, inputs.length], dtype: 'float32' }),
      tensorsOf(layers),
      act,
      'identity',
    )
    const values = await Promise.all(all.map(a => a.data()))
    return {
      layers,
      activations: values.map(v => [...v]),
      parameters: layers.reduce((n, { w, b }) => n + w.flat().length + b.length, 0),
    }
  },
  table: (_, d) => ({
    caption: 'Layers',
    columns: ['layer', 'units', 'weights', 'biases', 'largest activation'],
    rows: [
      ...d.activations.map((a, l) => [
        l,
        a.length,
        l === 0 ? 0 : d.layers[l - 1]!.w.flat().length,
        l === 0 ? 0 : d.layers[l - 1]!.b.length,
        Math.max(...a),
      ]),
      ['parameters', d.parameters, '', '', ''],
    ],
  }),
  code: ({ sizes, act }) => `import { nn } from 'chainrule'

const model = nn.sequential(
${sizes
  .slice(1)
  .map((outputs, i) => `  nn.linear(${sizes[i]}, ${outputs}),${i < sizes.length - 2 ? `\n  nn.${act}(),` : ''}`)
  .join('\n')}
)
console.log(model.parameters().reduce((sum, p) => sum + p.size, 0))
`,
  say: ({ sizes }, d) => `A network of ${sizes.join(', ')} units has ${d.parameters} parameters.`,
}
