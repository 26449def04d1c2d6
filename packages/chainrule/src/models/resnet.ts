/**
 * Residual networks for colour images. He et al. 2016, "Deep Residual Learning for Image Recognition", table 1; as in torchvision the
 * stride of a bottleneck is in its 3×3 convolution. Parameter names and counts are torchvision's.
 */
import { batchNorm2d, conv2d, globalAvgPool, init, linear, Module, maxPool2d, sequential } from '../nn/index.ts'
import type { Tensor } from '../tensor/types.ts'
import type { ClassifierOptions, ImageClassifier } from './classifier.ts'

const convolution = (inputs: number, outputs: number, kernel: number, stride = 1) =>
  conv2d(inputs, outputs, kernel, {
    stride,
    padding: (kernel - 1) / 2,
    bias: false,
    round: 'floor',
    weightInit: init.heNormal({ mode: 'fanOut' }),
  })

/** Where the shape changes, the shortcut is a 1×1 convolution. */
const shortcut = (inputs: number, outputs: number, stride: number) =>
  stride === 1 && inputs === outputs
    ? undefined
    : sequential(convolution(inputs, outputs, 1, stride), batchNorm2d(outputs))

/** Two 3×3 convolutions. */
class BasicBlock extends Module {
  static readonly expansion = 1
  readonly conv1
  readonly bn1
  readonly conv2
  readonly bn2
  readonly downsample
  constructor(inputs: number, width: number, stride: number) {
    super()
    this.conv1 = convolution(inputs, width, 3, stride)
    this.bn1 = batchNorm2d(width)
    this.conv2 = convolution(width, width, 3)
    this.bn2 = batchNorm2d(width)
    this.downsample = shortcut(inputs, width, stride)
  }
  forward(x: Tensor): Tensor {
    const h = this.bn1.forward(this.conv1.forward(x)).relu()
    return this.bn2
      .forward(this.conv2.forward(h))
      .add(this.downsample ? this.downsample.forward(x) : x)
      .relu()
  }
}

/** 1×1, 3×3, 1×1; the last has four times the channels. */
class Bottleneck extends Module {
  static readonly expansion = 4
  readonly conv1
  readonly bn1
  readonly conv2
  readonly bn2
  readonly conv3
  readonly bn3
  readonly downsample
  constructor(inputs: number, width: number, stride: number) {
    super()
    const outputs = Bottleneck.expansion * width
    this.conv1 = convolution(inputs, width, 1)
    this.bn1 = batchNorm2d(width)
    this.conv2 = convolution(width, width, 3, stride)
    this.bn2 = batchNorm2d(width)
    this.conv3 = convolution(width, outputs, 1)
    this.bn3 = batchNorm2d(outputs)
    this.downsample = shortcut(inputs, outputs, stride)
  }
  forward(x: Tensor): Tensor {
    const narrow = this.bn1.forward(this.conv1.forward(x)).relu()
    const h = this.bn2.forward(this.conv2.forward(narrow)).relu()
    return this.bn3
      .forward(this.conv3.forward(h))
      .add(this.downsample ? this.downsample.forward(x) : x)
      .relu()
  }
}

type Block = typeof BasicBlock | typeof Bottleneck

class ResNetModule extends Module {
  readonly kind: string
  readonly conv1 = convolution(3, 64, 7, 2)
  readonly bn1 = batchNorm2d(64)
  readonly maxpool = maxPool2d(3, { stride: 2, padding: 1, round: 'floor' })
  readonly layer1
  readonly layer2
  readonly layer3
  readonly layer4
  readonly avgpool = globalAvgPool()
  readonly fc
  constructor(kind: string, block: Block, depths: readonly number[], classes: number) {
    super()
    this.kind = kind
    let inputs = 64
    const stage = (i: number, stride: number) => {
      const width = 64 * 2 ** i
      const blocks = Array.from({ length: depths[i]! }, (_, j) => {
        const made = new block(inputs, width, j === 0 ? stride : 1)
        inputs = width * block.expansion
        return made
      })
      return sequential(...blocks)
    }
    this.layer1 = stage(0, 1)
    this.layer2 = stage(1, 2)
    this.layer3 = stage(2, 2)
    this.layer4 = stage(3, 2)
    this.fc = linear(inputs, classes)
  }
  forward(x: Tensor): Tensor {
    let h: Tensor = this.maxpool.forward(this.bn1.forward(this.conv1.forward(x)).relu())
    for (const stage of [this.layer1, this.layer2, this.layer3, this.layer4]) h = stage.forward(h)
    return this.fc.forward(this.avgpool.forward(h))
  }
  override describe(): string {
    return this.kind
  }
}

/** [batch, 3, height, width] → [batch, classes]. */
export interface ResNet<C extends number = number> extends ImageClassifier<'resnet', C> {}

export interface ResNetOptions<C extends number> extends ClassifierOptions<C> {}
const resnet =
  (kind: string, block: Block, ...depths: readonly number[]) =>
  <const C extends number = 1000>({ classes }: ResNetOptions<C> = {}): ResNet<C> =>
    new ResNetModule(kind, block, depths, classes ?? 1000) as unknown as ResNet<C>

/** 11,689,512 parameters for 1,000 classes. */
export const resnet18 = resnet('resnet18', BasicBlock, 2, 2, 2, 2)
/** 21,797,672 parameters for 1,000 classes. */
export const resnet34 = resnet('resnet34', BasicBlock, 3, 4, 6, 3)
/** 25,557,032 parameters for 1,000 classes. */
export const resnet50 = resnet('resnet50', Bottleneck, 3, 4, 6, 3)
/** 44,549,160 parameters for 1,000 classes. */
export const resnet101 = resnet('resnet101', Bottleneck, 3, 4, 23, 3)
/** 60,192,808 parameters for 1,000 classes. */
export const resnet152 = resnet('resnet152', Bottleneck, 3, 8, 36, 3)
