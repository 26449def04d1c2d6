/** G2: forward propagation, one dot product at a time. */
import type { Model } from '../../frame/define.ts'
import { integer } from '../../frame/schema.ts'
import { forward, type NetworkState, networkCode, networkSchema, read, tensorsOf } from '../../networks/deep.ts'

export interface State extends NetworkState {
  readonly step: number
}
type Column = readonly (readonly number[])[]
export interface Derived {
  readonly z2: Column
  readonly a2: Column
  readonly z3: Column
  readonly a3: Column
  readonly z4: Column
  readonly yhat: Column
  readonly J: number
}
export type Stage =
  | { readonly kind: 'dot'; readonly layer: 0 | 1 | 2; readonly row: number }
  | { readonly kind: 'squash'; readonly layer: 0 | 1 | 2 }

/** What happens, in order: the rows of each layer, then its nonlinearity. */
export const stages: readonly Stage[] = ([4, 4, 3] as const).flatMap((units, layer): Stage[] => [
  ...Array.from({ length: units }, (_, row): Stage => ({ kind: 'dot', layer: layer as 0, row })),
  { kind: 'squash', layer: layer as 0 },
])
const superscripts = ['²', '³', '⁴'] as const
export const stageName = (stage: Stage): string =>
  stage.kind === 'dot'
    ? `z⁽${superscripts[stage.layer]}⁾, row ${stage.row + 1}`
    : stage.layer === 2
      ? 'the output ŷ'
      : `a⁽${superscripts[stage.layer]}⁾ = σ(z⁽${superscripts[stage.layer]}⁾)`

export const model: Model<State, Derived> = {
  schema: { ...networkSchema, step: integer('step', 1, { min: 0, max: stages.length }) },
  steps: () => stages.map(stageName),
  async derive(state) {
    const { J, ...columns } = forward(tensorsOf(state), state.pair)
    const [values, loss] = await Promise.all([read(columns), J.item()])
    return { ...values, J: loss }
  },
  table: (state, d) => ({
    caption: 'Every layer’s numbers',
    columns: ['quantity', '1', '2', '3', '4'],
    rows: [
      ['x', ...state.x, ''],
      ...(['z2', 'a2', 'z3', 'a3'] as const).map(name => [name, ...d[name].map(r => r[0]!)]),
      ...(['z4', 'yhat'] as const).map(name => [name, ...d[name].map(r => r[0]!), '']),
      ['J', d.J, '', '', ''],
    ],
  }),
  code: state => `import { tensor } from 'chainrule'

${networkCode(state)}console.log(await a2.array(), await a3.array(), await yhat.array(), await J.item())
`,
  say: (state, d) => {
    const stage = stages[state.step - 1]
    return `${stage ? stageName(stage) : 'The input'}; the output is ${d.yhat.map(r => r[0]!.toPrecision(3)).join(', ')}.`
  },
}
