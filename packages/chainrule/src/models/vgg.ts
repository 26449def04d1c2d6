/**
 * VGG: stacks of 3×3 convolutions. Simonyan & Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
 * table 1, configurations A, B, D, E, with and without batch normalisation. Parameter names, counts and first values are torchvision's.
 */
import { batchNorm2d, conv2d, dropout, init, linear, type Module, maxPool2d, relu, sequential } from '../nn/index.ts'
import { type ClassifierOptions, type DropoutOptions, type ImageClassifier, PooledClassifier } from './classifier.ts'

export interface VggOptions<C extends number> extends ClassifierOptions<C>, DropoutOptions {
  /** Normalises after each convolution; false unless given. */
  readonly batchNorm?: boolean
}
export interface Vgg<C extends number = number> extends ImageClassifier<'vgg', C> {}

const widths = [64, 128, 256, 512, 512]

/** `depths[i]` convolutions with `widths[i]` channels, then the maximum of 2×2. */
function features(depths: readonly number[], batchNorm: boolean) {
  const layers: Module[] = []
  let inputs = 3
  for (const [stage, depth] of depths.entries()) {
    const width = widths[stage]!
    for (let i = 0; i < depth; i++) {
      const weightInit = init.heNormal({ mode: 'fanOut' })
      layers.push(conv2d(inputs, width, 3, { padding: 1, weightInit, biasInit: init.zeros }))
      if (batchNorm) layers.push(batchNorm2d(width))
      layers.push(relu())
      inputs = width
    }
    layers.push(maxPool2d(2, { round: 'floor' }))
  }
  return sequential(...(layers as never[]))
}

const dense = (inputs: number, outputs: number) =>
  linear(inputs, outputs, { weightInit: init.normal(0, 0.01), biasInit: init.zeros })

const vgg =
  (kind: string, ...depths: readonly number[]) =>
  <const C extends number = 1000>(options: VggOptions<C> = {}): Vgg<C> => {
    const { classes = 1000, batchNorm = false, dropout: p = 0.5 } = options
    const classifier = sequential(
      dense(512 * 7 * 7, 4096),
      relu(),
      dropout(p),
      dense(4096, 4096),
      relu(),
      dropout(p),
      dense(4096, classes),
    )
    const layers = features(depths, batchNorm) as never
    return new PooledClassifier(kind, layers, 7, classifier as never) as unknown as Vgg<C>
  }

/** [batch, 3, height, width], both at least 32; 132,863,336 parameters for 1,000 classes (132,868,840 with batch normalisation). */
export const vgg11 = vgg('vgg11', 1, 1, 2, 2, 2)
/** 133,047,848 parameters for 1,000 classes (133,053,736 with batch normalisation). */
export const vgg13 = vgg('vgg13', 2, 2, 2, 2, 2)
/** 138,357,544 parameters for 1,000 classes (138,365,992 with batch normalisation). */
export const vgg16 = vgg('vgg16', 2, 2, 3, 3, 3)
/** 143,667,240 parameters for 1,000 classes (143,678,248 with batch normalisation). */
export const vgg19 = vgg('vgg19', 2, 2, 4, 4, 4)
