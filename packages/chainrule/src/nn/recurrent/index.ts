/** Recurrent layers as people make them: `rnn`, `lstm`, `gru`. */
import type { Checked, Multiply, Same } from '../../tensor/dimension-types.ts'
import type { IntTensor, Tensor } from '../../tensor/types.ts'
import { type TypedLayer, typed } from '../layer.ts'
import type { Apply, RecurrentFn } from '../layer-types.ts'
import type { Shape, Variable } from '../tensors.ts'
import { gruCell, lstmCell, rnnCell } from './cells.ts'
import { RecurrentModule, type RecurrentOptions } from './recurrent.ts'

export type { RecurrentOptions } from './recurrent.ts'

/** The state of `rnn` and `gru`: h [layers · directions, B, H]. */
export interface HiddenState {
  readonly h: Tensor
}
/** The state of `lstm`: h and c [layers · directions, B, H]. */
export interface LstmState extends HiddenState {
  readonly c: Tensor
}
type Matrix = Variable<[number, number]>
type Suffix = `l${number}` | `l${number}_reverse`
/** The parameters by PyTorch's names; those that every layer has, and the rest. */
type Weights = {
  readonly weight_ih_l0: Matrix
  readonly weight_hh_l0: Matrix
} & { readonly [name in `weight_ih_${Suffix}` | `weight_hh_${Suffix}`]: Matrix } & {
  readonly [name in `bias_ih_${Suffix}` | `bias_hh_${Suffix}`]: Variable<[number]>
}

interface RecurrentLayer<Op extends string, I extends number, H extends number, O extends number, State>
  extends TypedLayer<RecurrentFn<Op, I, O>> {
  readonly inputFeatures: I
  readonly hiddenFeatures: H
  readonly layers: number
  readonly directions: 1 | 2
  readonly dropout: number
  /**
   * [B, T, I] → outputs of the last layer at every step, [B, T, directions · H], and the state at the end, to be carried on:
   * given to the next call of a compiled function it is a value, so that gradients end there (truncated backpropagation through
   * time, Williams & Peng 1990); elsewhere `detach()` its tensors.
   *
   * @throws ShapeError for a state or lengths that do not fit, IndexError for a length outside 1 … T
   */
  run<S extends Shape>(
    x: Checked<Apply<RecurrentFn<Op, I, O>, S>, Tensor<S>>,
    options?: {
      /** The state to start from; zeros unless given. */
      readonly state?: State | undefined
      /** How many steps each sequence has, 1 … T. What lies behind has no effect, and its output is zero. */
      readonly lengths?: readonly number[] | IntTensor<[number]> | undefined
    },
  ): { readonly output: Tensor<Apply<RecurrentFn<Op, I, O>, S>>; readonly state: State }
}
export type Rnn<I extends number = number, H extends number = number, O extends number = number> = RecurrentLayer<
  'rnn',
  I,
  H,
  O,
  HiddenState
> &
  Weights
export type Lstm<I extends number = number, H extends number = number, O extends number = number> = RecurrentLayer<
  'lstm',
  I,
  H,
  O,
  LstmState
> &
  Weights
export type Gru<I extends number = number, H extends number = number, O extends number = number> = RecurrentLayer<
  'gru',
  I,
  H,
  O,
  HiddenState
> &
  Weights

/** Outputs of both directions lie side by side. */
type Out<H extends number, Bi extends boolean> =
  Same<Bi, true> extends true ? Multiply<2, H> : Same<Bi, false> extends true ? H : number

/** h′ = tanh(W_ih x + b_ih + W_hh h + b_hh): [B, T, I] → [B, T, H], or 2H in both directions. PyTorch's `nn.RNN`. */
export const rnn = <I extends number, H extends number, const Bi extends boolean = false>(
  inputFeatures: I,
  hiddenFeatures: H,
  { activation = 'tanh', ...options }: RecurrentOptions<Bi> & { readonly activation?: 'tanh' | 'relu' } = {},
): Rnn<I, H, Out<H, Bi>> => typed(new RecurrentModule(rnnCell(activation), inputFeatures, hiddenFeatures, options))

/**
 * Long short-term memory: [B, T, I] → [B, T, H], or 2H in both directions. Hochreiter & Schmidhuber 1997; PyTorch's `nn.LSTM`.
 */
export const lstm = <I extends number, H extends number, const Bi extends boolean = false>(
  inputFeatures: I,
  hiddenFeatures: H,
  options?: RecurrentOptions<Bi>,
): Lstm<I, H, Out<H, Bi>> => typed(new RecurrentModule(lstmCell, inputFeatures, hiddenFeatures, options))

/** Gated recurrent unit: [B, T, I] → [B, T, H], or 2H in both directions. Cho et al. 2014; PyTorch's `nn.GRU`. */
export const gru = <I extends number, H extends number, const Bi extends boolean = false>(
  inputFeatures: I,
  hiddenFeatures: H,
  options?: RecurrentOptions<Bi>,
): Gru<I, H, Out<H, Bi>> => typed(new RecurrentModule(gruCell, inputFeatures, hiddenFeatures, options))
