/**
 * A classifier of token sequences by n-gram kernels. Kim 2014, "Convolutional Neural Networks for Sentence Classification": V_j is
 * the n vectors of the tokens j … j + n − 1 side by side, a kernel K with bias b sees z_j = relu(V_j · K + b) in every n-gram, and
 * what counts of it is its maximum over all j. A linear layer scores the classes from the maxima of all kernels.
 */
import * as build from '../graph/build.ts'
import { refuse, refuseOption } from '../graph/refuse.ts'
import { show } from '../graph/shape.ts'
import {
  type Conv1d,
  conv1d,
  type Dropout,
  dropout,
  type Embedding,
  embedding,
  init,
  type Linear,
  linear,
  Module,
} from '../nn/index.ts'
import { wrap } from '../tensor/handle.ts'
import { where } from '../tensor/ops/elementwise.ts'
import type { AnyTensor, IntTensor, Tensor } from '../tensor/types.ts'
import { type BagOfWords, bagOfWords } from './bag-of-words.ts'

export interface ConvolutionClassifierOptions {
  /** Tokens are 0 … vocabulary − 1. */
  readonly vocabulary: number
  readonly classes: number
  /** Features of a token's vector; 64 unless given. */
  readonly embedding?: number
  /** The n of the n-grams; [2, 3, 4, 5] unless given. */
  readonly widths?: readonly number[]
  /** Kernels of each width; 64 unless given. */
  readonly kernels?: number
  /** Probability with which maxima are dropped in training; 0.5 unless given. */
  readonly dropout?: number
  /**
   * Adds the scores of a bag of words, a weight for every token and class: what single tokens say is learned there, and the
   * kernels learn what their order says. false unless given. Wide and deep, as in Cheng et al. 2016.
   */
  readonly bag?: boolean
  /** The token that fills up short sequences; 0 unless given. */
  readonly padding?: number
}

export class ConvolutionClassifier extends Module {
  readonly widths: readonly number[]
  readonly padding: number
  readonly embedding: Embedding
  /** One layer of kernels for each width. */
  readonly convolutions: readonly Conv1d[]
  readonly drop: Dropout
  readonly output: Linear
  readonly bag: BagOfWords | undefined

  constructor(options: ConvolutionClassifierOptions) {
    super()
    const { vocabulary, classes, widths = [2, 3, 4, 5], kernels = 64, padding = 0 } = options
    const features = options.embedding ?? 64
    if (widths.length === 0) refuseOption('convolutionClassifier', 'widths', 'needs at least one width of n-grams')
    this.widths = widths
    this.padding = padding
    this.embedding = embedding(vocabulary, features, { paddingIndex: padding, weightInit: init.uniform(-0.25, 0.25) })
    this.convolutions = widths.map(width => conv1d(features, kernels, width) as Conv1d)
    this.drop = dropout(options.dropout ?? 0.5)
    this.output = linear(kernels * widths.length, classes)
    this.bag = options.bag ? bagOfWords({ vocabulary, classes, padding }) : undefined
  }

  /**
   * z of every kernel in every n-gram, width by width: [B, kernels, T − n + 1]. Zero for n-grams that reach over the end of
   * their sequence: padding changes nothing.
   */
  activations(x: IntTensor<[number, number]>): Tensor[] {
    const [batch, length] = x.shape
    const longest = Math.max(...this.widths)
    if (length < longest)
      refuse(
        'convolutionClassifier',
        [x.shape],
        `sequences ${show(x.shape)} are shorter than the ${longest}-grams it looks for; pad them to at least ${longest}`,
      )
    const vectors = this.embedding.forward(x).transpose(1, 2)
    const blank = build.equal(x.node, build.full([batch, length], this.padding, 'int32'))
    return this.convolutions.map((convolution, i) => {
      const z = convolution.forward(vectors as never) as AnyTensor
      const positions = length - this.widths[i]! + 1
      const behind = build.reshape(build.slice(blank, [0, length - positions], [batch, length]), [batch, 1, positions])
      return wrap(where(behind, 0, build.relu(z.node))) as unknown as Tensor
    })
  }

  /** Scores of the classes: int32 [B, T] → [B, classes]. */
  forward(x: IntTensor<[number, number]>): Tensor<[number, number]> {
    const maxima = this.activations(x).map(z => build.max(z.node, [2]))
    const features = wrap(build.concat(maxima, 1)) as unknown as Tensor<[number, number]>
    const scores = this.output.forward(this.drop.forward(features)) as Tensor<[number, number]>
    return this.bag ? scores.add(this.bag.forward(x)) : scores
  }
}

/** A new classifier by n-gram kernels. */
export const convolutionClassifier = (options: ConvolutionClassifierOptions): ConvolutionClassifier =>
  new ConvolutionClassifier(options)
