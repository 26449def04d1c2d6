/**
 * AlexNet. Krizhevsky, Sutskever & Hinton 2012, "ImageNet Classification with Deep Convolutional Neural Networks", and the single-tower
 * variant of Krizhevsky 2014 that torchvision has.
 */
import { OptionError } from '../errors.ts'
import { conv2d, dropout, linear, maxPool2d, relu, sequential } from '../nn/index.ts'
import { type ClassifierOptions, type DropoutOptions, type ImageClassifier, PooledClassifier } from './classifier.ts'
import { LocalResponseNorm } from './local-response-norm.ts'

export interface AlexNetOptions<C extends number> extends ClassifierOptions<C>, DropoutOptions {
  /**
   * 'torchvision' (2014, parameter names too): 61,100,840 parameters for 1,000 classes. '2012', the paper: 60,965,224, because two
   * graphics cards each saw half of the channels of layers 2, 4 and 5; 'oneTower', the same without that: 62,378,344. Both have local
   * response normalisation, and take pictures of 227×227: the 224 that the paper prints does not fit its first layer.
   */
  readonly form?: 'torchvision' | '2012' | 'oneTower'
}
export interface AlexNet<C extends number = number> extends ImageClassifier<'alexnet', C> {}

const pool = () => maxPool2d(3, { stride: 2, round: 'floor' })

const torchvision = () =>
  sequential(
    conv2d(3, 64, 11, { stride: 4, padding: 2, round: 'floor' }),
    relu(),
    pool(),
    conv2d(64, 192, 5, { padding: 2 }),
    relu(),
    pool(),
    conv2d(192, 384, 3, { padding: 1 }),
    relu(),
    conv2d(384, 256, 3, { padding: 1 }),
    relu(),
    conv2d(256, 256, 3, { padding: 1 }),
    relu(),
    pool(),
  )

const paper = (groups: number) =>
  sequential(
    conv2d(3, 96, 11, { stride: 4 }),
    relu(),
    new LocalResponseNorm(5),
    maxPool2d(3, { stride: 2 }),
    conv2d(96, 256, 5, { padding: 2, groups }),
    relu(),
    new LocalResponseNorm(5),
    maxPool2d(3, { stride: 2 }),
    conv2d(256, 384, 3, { padding: 1 }),
    relu(),
    conv2d(384, 384, 3, { padding: 1, groups }),
    relu(),
    conv2d(384, 256, 3, { padding: 1, groups }),
    relu(),
    maxPool2d(3, { stride: 2 }),
  )

const forms = { torchvision, 2012: () => paper(2), oneTower: () => paper(1) }

/** [batch, 3, 224, 224] (227 for the forms of the paper) → [batch, classes]. @throws OptionError for a form there is not */
export function alexnet<const C extends number = 1000>(options: AlexNetOptions<C> = {}): AlexNet<C> {
  const { classes = 1000, dropout: p = 0.5, form = 'torchvision' } = options
  if (!Object.hasOwn(forms, form))
    throw new OptionError('form', `alexnet: form must be ${Object.keys(forms).join(', ')}, got '${form}'`)
  const classifier = sequential(
    dropout(p),
    linear(256 * 6 * 6, 4096),
    relu(),
    dropout(p),
    linear(4096, 4096),
    relu(),
    linear(4096, classes),
  )
  return new PooledClassifier('alexnet', forms[form]() as never, 6, classifier as never) as unknown as AlexNet<C>
}
