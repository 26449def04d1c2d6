/** What the classifiers of colour pictures share: their type, their options, and the form of AlexNet and VGG. */
import { adaptiveAvgPool2d, Module, type ShapeFn, type TypedLayer } from '../nn/index.ts'
import type { Failure, Shape, Show } from '../tensor/dimension-types.ts'
import type { Tensor } from '../tensor/types.ts'

interface ScoresFn<Op extends string, C extends number> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape
    ? number extends S['length']
      ? Shape
      : S extends readonly [infer B extends number, infer Channels extends number, number, number]
        ? 3 extends Channels
          ? [B, C]
          : Failure<`${Op}: expected 3 channels, got input ${Show<S>}`>
        : Failure<`${Op}: expected [batch, 3, height, width], got ${Show<S>}`>
    : never
}
/** [batch, 3, height, width] → [batch, classes]. */
export interface ImageClassifier<Op extends string, C extends number = number> extends TypedLayer<ScoresFn<Op, C>> {}

export interface ClassifierOptions<C extends number> {
  /** Number of scores; 1000. */
  readonly classes?: C
}
export interface DropoutOptions {
  /** Probability of dropping in the dense layers, in training. */
  readonly dropout?: number
}

/** A layer or a chain of them. */
type Layers = Module & { forward(x: Tensor): Tensor }

/** Convolutions, pooling to a fixed size, dense layers: torchvision's AlexNet and VGG. */
export class PooledClassifier extends Module {
  readonly kind: string
  readonly features: Layers
  readonly avgpool
  readonly classifier: Layers
  constructor(kind: string, features: Layers, size: number, classifier: Layers) {
    super()
    this.kind = kind
    this.features = features
    this.avgpool = adaptiveAvgPool2d(size)
    this.classifier = classifier
  }
  forward(x: Tensor): Tensor {
    const maps: Tensor = this.avgpool.forward(this.features.forward(x) as Tensor<[number, number, number, number]>)
    return this.classifier.forward(maps.flatten())
  }
  override describe(): string {
    return this.kind
  }
}
