/**
 * GoogLeNet: inception modules, which look at each position with kernels of several sizes side by side. Szegedy et al. 2015, "Going
 * Deeper with Convolutions", table 1 and section 5. Parameter names are torchvision's.
 */
import { OptionError } from '../errors.ts'
import {
  adaptiveAvgPool2d,
  batchNorm2d,
  conv2d,
  dropout,
  globalAvgPool,
  identity,
  init,
  linear,
  Module,
  maxPool2d,
  sequential,
} from '../nn/index.ts'
import { concat } from '../tensor/functions.ts'
import type { Tensor } from '../tensor/types.ts'
import type { ClassifierOptions, DropoutOptions, ImageClassifier } from './classifier.ts'
import { LocalResponseNorm } from './local-response-norm.ts'

export interface GoogLeNetOptions<C extends number> extends ClassifierOptions<C>, DropoutOptions {
  /** Adds the two auxiliary classifiers (section 5) that `forwardAll` gives; false unless given. */
  readonly auxiliary?: boolean
  /** Dropout in the auxiliary classifiers; 0.7. */
  readonly auxiliaryDropout?: number
  /**
   * 'torchvision': batch normalisation, and 3×3 kernels where the paper has 5×5: 6,624,904 parameters for 1,000 classes, 13,004,888 with
   * auxiliary classifiers. '2014', the paper: biases, local response normalisation, 5×5 kernels: 6,998,552.
   */
  readonly form?: 'torchvision' | '2014'
}

/** Scores of the network and of its auxiliary classifiers. */
export interface AllScores<S> {
  readonly scores: S
  /** After inception 4a and 4d; none without auxiliary classifiers, or in evaluation. */
  readonly auxiliary: readonly S[]
}
export interface GoogLeNet<C extends number = number> extends ImageClassifier<'googlenet', C> {
  /** [batch, 3, height, width] → all scores, each [batch, classes]; the paper's loss adds the auxiliary losses with weight 0.3. */
  forwardAll<B extends number>(x: Tensor<[B, 3, number, number]>): AllScores<Tensor<[B, C]>>
}

type Form = NonNullable<GoogLeNetOptions<number>['form']>

/** Convolution, normalisation (if the form has it), relu. */
class Block extends Module {
  readonly conv
  readonly bn
  constructor(form: Form, inputs: number, outputs: number, kernel: number, stride = 1) {
    super()
    const normalised = form === 'torchvision'
    this.conv = conv2d(inputs, outputs, kernel, {
      stride,
      padding: (kernel - 1) / 2,
      round: 'floor',
      bias: !normalised,
      weightInit: init.heNormal(),
      biasInit: init.zeros,
    })
    this.bn = normalised ? batchNorm2d(outputs, { epsilon: 1e-3 }) : identity()
  }
  forward(x: Tensor): Tensor {
    const h: Tensor = this.conv.forward(x)
    return (this.bn.forward(h as never) as Tensor).relu()
  }
}

/** Outputs of the branches: 1×1; reduced, 3×3; reduced, 5×5; 1×1 after pooling. */
type Widths = readonly [number, readonly [number, number], readonly [number, number], number]

class Inception extends Module {
  readonly branch1
  readonly branch2
  readonly branch3
  readonly branch4
  constructor(form: Form, inputs: number, [one, three, five, pooled]: Widths) {
    super()
    this.branch1 = new Block(form, inputs, one, 1)
    this.branch2 = sequential(new Block(form, inputs, three[0], 1), new Block(form, three[0], three[1], 3))
    const kernel = form === 'torchvision' ? 3 : 5
    this.branch3 = sequential(new Block(form, inputs, five[0], 1), new Block(form, five[0], five[1], kernel))
    this.branch4 = sequential(maxPool2d(3, { stride: 1, padding: 1 }), new Block(form, inputs, pooled, 1))
  }
  forward(x: Tensor): Tensor {
    const branches = [this.branch1, this.branch2, this.branch3, this.branch4]
    return concat(branches.map(b => b.forward(x as never) as Tensor) as [Tensor], 1)
  }
}

class Auxiliary extends Module {
  readonly pool = adaptiveAvgPool2d(4)
  readonly conv
  readonly fc1 = linear(2048, 1024)
  readonly dropout
  readonly fc2
  constructor(form: Form, inputs: number, classes: number, p: number) {
    super()
    this.conv = new Block(form, inputs, 128, 1)
    this.dropout = dropout(p)
    this.fc2 = linear(1024, classes)
  }
  forward(x: Tensor): Tensor {
    const pooled: Tensor = this.pool.forward(x as Tensor<[number, number, number, number]>)
    const h: Tensor = this.fc1.forward(this.conv.forward(pooled).flatten() as Tensor<[number, 2048]>).relu()
    return this.fc2.forward(this.dropout.forward(h) as Tensor<[number, 1024]>)
  }
}

const widths: Readonly<Record<string, Widths>> = {
  '3a': [64, [96, 128], [16, 32], 32],
  '3b': [128, [128, 192], [32, 96], 64],
  '4a': [192, [96, 208], [16, 48], 64],
  '4b': [160, [112, 224], [24, 64], 64],
  '4c': [128, [128, 256], [24, 64], 64],
  '4d': [112, [144, 288], [32, 64], 64],
  '4e': [256, [160, 320], [32, 128], 128],
  '5a': [256, [160, 320], [32, 128], 128],
  '5b': [384, [192, 384], [48, 128], 128],
}
const outputsOf = ([one, three, five, pooled]: Widths): number => one + three[1] + five[1] + pooled

class GoogLeNetModule extends Module {
  readonly conv1
  readonly maxpool1 = maxPool2d(3, { stride: 2, round: 'ceil' })
  readonly norm1
  readonly conv2
  readonly conv3
  readonly norm2
  readonly maxpool2 = maxPool2d(3, { stride: 2, round: 'ceil' })
  readonly inception3a
  readonly inception3b
  readonly maxpool3 = maxPool2d(3, { stride: 2, round: 'ceil' })
  readonly inception4a
  readonly inception4b
  readonly inception4c
  readonly inception4d
  readonly inception4e
  readonly maxpool4
  readonly inception5a
  readonly inception5b
  readonly aux1: Auxiliary | undefined
  readonly aux2: Auxiliary | undefined
  readonly avgpool = globalAvgPool()
  readonly dropout
  readonly fc
  constructor({ classes = 1000, form = 'torchvision', ...options }: GoogLeNetOptions<number>) {
    super()
    const published = form === 'torchvision'
    const normalisation = () => (published ? identity() : new LocalResponseNorm(5))
    let channels = 192
    const inception = (name: string): Inception => {
      const made = new Inception(form, channels, widths[name]!)
      channels = outputsOf(widths[name]!)
      return made
    }
    const auxiliary = (): Auxiliary | undefined =>
      options.auxiliary ? new Auxiliary(form, channels, classes, options.auxiliaryDropout ?? 0.7) : undefined
    this.conv1 = new Block(form, 3, 64, 7, 2)
    this.norm1 = normalisation()
    this.conv2 = new Block(form, 64, 64, 1)
    this.conv3 = new Block(form, 64, 192, 3)
    this.norm2 = normalisation()
    this.inception3a = inception('3a')
    this.inception3b = inception('3b')
    this.inception4a = inception('4a')
    this.aux1 = auxiliary()
    this.inception4b = inception('4b')
    this.inception4c = inception('4c')
    this.inception4d = inception('4d')
    this.aux2 = auxiliary()
    this.inception4e = inception('4e')
    this.maxpool4 = maxPool2d(published ? 2 : 3, { stride: 2, round: 'ceil' })
    this.inception5a = inception('5a')
    this.inception5b = inception('5b')
    this.dropout = dropout(options.dropout ?? (published ? 0.2 : 0.4))
    this.fc = linear(1024, classes)
  }
  forward(x: Tensor): Tensor {
    return this.forwardAll(x, false).scores
  }
  forwardAll(x: Tensor, all = this.training): AllScores<Tensor> {
    const run = (h: Tensor, ...layers: readonly unknown[]): Tensor =>
      layers.reduce((h: Tensor, layer) => (layer as { forward(x: Tensor): Tensor }).forward(h), h)
    const stem = run(x, this.conv1, this.maxpool1, this.norm1, this.conv2, this.conv3, this.norm2, this.maxpool2)
    const first = run(stem, this.inception3a, this.inception3b, this.maxpool3, this.inception4a)
    const second = run(first, this.inception4b, this.inception4c, this.inception4d)
    const last = run(second, this.inception4e, this.maxpool4, this.inception5a, this.inception5b)
    const scores = run(last, this.avgpool, this.dropout, this.fc)
    const heads = all && this.aux1 && this.aux2 ? [this.aux1.forward(first), this.aux2.forward(second)] : []
    return { scores, auxiliary: heads }
  }
  override describe(): string {
    return 'googlenet'
  }
}

/** [batch, 3, 224, 224] → [batch, classes]; sizes that do not fit are rounded up, as in the paper. @throws OptionError */
export function googlenet<const C extends number = 1000>(options: GoogLeNetOptions<C> = {}): GoogLeNet<C> {
  const { form = 'torchvision' } = options
  if (form !== 'torchvision' && form !== '2014')
    throw new OptionError('form', `googlenet: form must be torchvision or 2014, got '${form}'`)
  return new GoogLeNetModule(options) as unknown as GoogLeNet<C>
}
