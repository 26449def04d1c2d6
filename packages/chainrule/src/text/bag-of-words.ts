/**
 * Logistic regression on a bag of words: the score of a class is the sum of a weight for every token, in whatever order they
 * come, plus a bias. The baseline that a classifier has to beat.
 */
import * as build from '../graph/build.ts'
import { type Embedding, embedding, init, Module } from '../nn/index.ts'
import { wrap } from '../tensor/handle.ts'
import { add } from '../tensor/ops/elementwise.ts'
import { variable, zeros } from '../tensor/tensor.ts'
import type { IntTensor, Tensor, Variable } from '../tensor/types.ts'

export interface BagOfWordsOptions {
  /** Tokens are 0 … vocabulary − 1. */
  readonly vocabulary: number
  readonly classes: number
  /** The token that fills up short sequences, and counts nothing; 0 unless given. */
  readonly padding?: number
}

export class BagOfWords extends Module {
  /** The weights: what a token says for each class. */
  readonly weights: Embedding
  readonly bias: Variable<[number]>

  constructor({ vocabulary, classes, padding = 0 }: BagOfWordsOptions) {
    super()
    this.weights = embedding(vocabulary, classes, { paddingIndex: padding, weightInit: init.zeros })
    this.bias = variable(zeros([classes]))
  }

  /** Scores of the classes: int32 [B, T] → [B, classes]. A token that occurs twice counts twice; `presence` leaves repeats out. */
  forward(x: IntTensor<[number, number]>): Tensor<[number, number]> {
    const sums = build.sum(this.weights.forward(x).node, [1])
    return wrap(add(sums, this.bias.node)) as unknown as Tensor<[number, number]>
  }
}

/** A new bag-of-words classifier. */
export const bagOfWords = (options: BagOfWordsOptions): BagOfWords => new BagOfWords(options)

/** Each token of a sequence once: for which words there are, not how often. */
export const presence = (tokens: ArrayLike<number>): Int32Array => Int32Array.from(new Set(Array.from(tokens)))
