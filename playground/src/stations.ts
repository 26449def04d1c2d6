/** Every view in the lecture's order. Words and code of a view are in `views/<id>/`. */

export interface Station {
  /** Names the folder; the lecture's concepts are numbered so. */
  readonly id: string
  /** Its name in addresses. */
  readonly slug: string
  readonly title: string
  /** Which part of the lecture it belongs to. */
  readonly part: string
}

export const stations: readonly Station[] = [
  {
    id: 'N1',
    slug: 'neuron',
    title: 'A neuron',
    part: 'Neurons',
  },
  {
    id: 'N2',
    slug: 'threshold-unit',
    title: 'The unit of McCulloch and Pitts',
    part: 'Neurons',
  },
  {
    id: 'N3',
    slug: 'activation',
    title: 'Activation functions',
    part: 'Neurons',
  },
  {
    id: 'N4',
    slug: 'expansion',
    title: 'A network is a nested formula',
    part: 'Neurons',
  },
  {
    id: 'P1',
    slug: 'perceptron',
    title: 'What a perceptron can say',
    part: 'Perceptrons',
  },
  {
    id: 'P2',
    slug: 'xor',
    title: 'What it cannot: XOR',
    part: 'Perceptrons',
  },
  {
    id: 'H1',
    slug: 'layers',
    title: 'Layers',
    part: 'Hidden layers',
  },
  {
    id: 'H2',
    slug: 'hidden-layer',
    title: 'A hidden layer solves XOR',
    part: 'Hidden layers',
  },
  {
    id: 'H3',
    slug: 'approximation',
    title: 'A universal approximator',
    part: 'Hidden layers',
  },
  {
    id: 'D1',
    slug: 'pretraining',
    title: 'Training deep networks',
    part: 'Hidden layers',
  },
  {
    id: 'G1',
    slug: 'gradient-descent',
    title: 'Gradient descent',
    part: 'Learning',
  },
  {
    id: 'G2',
    slug: 'forward',
    title: 'Forward propagation',
    part: 'Learning',
  },
  {
    id: 'X1',
    slug: 'loss',
    title: 'Losses and their slopes',
    part: 'Learning',
  },
  {
    id: 'B1',
    slug: 'backpropagation',
    title: 'The three equations',
    part: 'Backpropagation',
  },
  {
    id: 'B2',
    slug: 'outer-product',
    title: 'Error signal times input signal',
    part: 'Backpropagation',
  },
  {
    id: 'C1',
    slug: 'computational-graph',
    title: 'The computational graph',
    part: 'Backpropagation',
  },
  {
    id: 'C2',
    slug: 'worked-example',
    title: 'The worked example',
    part: 'Backpropagation',
  },
  {
    id: 'I1',
    slug: 'image-structure',
    title: 'Images have structure',
    part: 'Images',
  },
  {
    id: 'K3',
    slug: 'parameters',
    title: 'How many parameters',
    part: 'Images',
  },
  {
    id: 'K1',
    slug: 'kernels',
    title: 'Kernels',
    part: 'Images',
  },
  {
    id: 'K2',
    slug: 'feature-detectors',
    title: 'Kernels as detectors',
    part: 'Images',
  },
  {
    id: 'S1',
    slug: 'grid-padding-stride',
    title: 'Grid size, padding, stride',
    part: 'Convolution',
  },
  {
    id: 'S4',
    slug: 'depth',
    title: 'Depth',
    part: 'Convolution',
  },
  {
    id: 'O1',
    slug: 'pooling',
    title: 'Pooling',
    part: 'Convolution',
  },
  {
    id: 'V1',
    slug: 'convnet',
    title: 'The ConvNet studio',
    part: 'Convolution',
  },
  {
    id: 'K4',
    slug: 'built-up-features',
    title: 'Features built from features',
    part: 'Convolution',
  },
  {
    id: 'V4',
    slug: 'convolved-feature',
    title: 'The convolved feature',
    part: 'Convolution',
  },
  {
    id: 'S5',
    slug: 'output-size',
    title: 'The size of the output',
    part: 'Convolution',
  },
  {
    id: 'T1',
    slug: 'text-cnn',
    title: 'Convolution over words',
    part: 'Applications',
  },
  {
    id: 'R1',
    slug: 'language-model',
    title: 'A recurrent language model',
    part: 'Applications',
  },
  {
    id: 'Z1',
    slug: 'architectures',
    title: 'LeNet, AlexNet, VGG, GoogLeNet, ResNet',
    part: 'Applications',
  },
  {
    id: 'F1',
    slug: 'sandbox',
    title: 'Your own network',
    part: 'Your own',
  },
]

/** By slug or id, in any case of letters. */
export const stationOf = (name: string): Station | undefined =>
  stations.find(s => s.slug === name.toLowerCase() || s.id.toLowerCase() === name.toLowerCase())
