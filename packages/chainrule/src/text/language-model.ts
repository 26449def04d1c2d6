/**
 * A recurrent language model: embedding → LSTM → a score for every token of the vocabulary. Mikolov et al. 2010; with an LSTM and
 * dropout as in Zaremba et al. 2014; with the output's weights tied to the embedding's as in Press & Wolf 2017.
 */

import { OptionError } from '../errors.ts'
import {
  type Dropout,
  dropout,
  type Embedding,
  embedding,
  init,
  type Linear,
  type Lstm,
  type LstmState,
  linear,
  lstm,
  Module,
} from '../nn/index.ts'
import { linearNode } from '../nn/linear.ts'
import { wrap } from '../tensor/handle.ts'
import { variable, zeros } from '../tensor/tensor.ts'
import type { IntTensor, Tensor, Variable } from '../tensor/types.ts'

export interface LanguageModelOptions {
  /** Tokens are 0 … vocabulary − 1. */
  readonly vocabulary: number
  /** Features of a token's vector; `hidden` unless given. */
  readonly embedding?: number
  /** Features of the state. */
  readonly hidden: number
  /** Layers of the LSTM; 1 unless given. */
  readonly layers?: number
  /** Probability with which embeddings, outputs, and what is between layers are dropped in training; 0 unless given. */
  readonly dropout?: number
  /** The scores use the embedding's vectors: fewer parameters, better with words. Needs embedding = hidden. */
  readonly tied?: boolean
}

export class LanguageModel extends Module {
  readonly options: Required<LanguageModelOptions>
  readonly embedding: Embedding
  readonly lstm: Lstm
  readonly drop: Dropout
  /** Absent when tied. */
  readonly decoder: Linear | undefined
  /** Of the scores when tied. */
  readonly bias: Variable<[number]> | undefined

  constructor(options: LanguageModelOptions) {
    super()
    const { vocabulary, hidden, layers = 1, tied = false } = options
    const features = options.embedding ?? hidden
    const p = options.dropout ?? 0
    if (tied && features !== hidden)
      throw new OptionError(
        'tied',
        `languageModel: tied weights need vectors as long as the state; embedding is ${features}, hidden is ${hidden}`,
      )
    this.options = { vocabulary, hidden, layers, tied, embedding: features, dropout: p }
    // small: tied, they are the weights of the scores
    const small = init.uniform(-0.1, 0.1)
    this.embedding = embedding(vocabulary, features, { weightInit: small })
    this.lstm = lstm(features, hidden, { layers, dropout: layers > 1 ? p : 0 }) as Lstm
    this.drop = dropout(p)
    this.decoder = tied ? undefined : linear(hidden, vocabulary, { weightInit: small, biasInit: init.zeros })
    this.bias = tied ? variable(zeros([vocabulary])) : undefined
  }

  /** The state before any text, for so many rows. */
  start(rows: number): LstmState {
    const shape = [this.options.layers, rows, this.options.hidden] as const
    return { h: zeros(shape), c: zeros(shape) }
  }

  /**
   * Scores of the next token behind every token, and the state behind the last: x int32 [B, T] → [B, T, vocabulary].
   * @throws IndexError for a token outside the vocabulary
   */
  forward(
    x: IntTensor<[number, number]>,
    state?: LstmState,
  ): { readonly logits: Tensor<[number, number, number]>; readonly state: LstmState } {
    const { embedding, decoder, drop } = this
    const vectors = drop.forward(embedding.forward(x))
    const next = this.lstm.run(vectors as Tensor<[number, number, number]>, { state })
    const outputs = drop.forward(next.output)
    const logits = decoder
      ? decoder.forward(outputs)
      : wrap(linearNode(outputs.node, embedding.weight.node, this.bias!.node))
    return { logits: logits as Tensor<[number, number, number]>, state: next.state }
  }

  override describe(): string {
    const { vocabulary, embedding, hidden, layers, tied } = this.options
    return `languageModel(${vocabulary}, ${embedding}, ${hidden}${layers > 1 ? `, layers ${layers}` : ''}${tied ? ', tied' : ''})`
  }
}

/** A new language model. */
export const languageModel = (options: LanguageModelOptions): LanguageModel => new LanguageModel(options)
