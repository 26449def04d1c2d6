/**
 * The kernels of image processing by name. They are written as they are laid over the picture (correlation); sums say what happens to
 * brightness: 1 keeps it, 0 answers to changes only, anything else brightens or darkens by that factor unless `normalize` divides.
 */
import { refuseOption } from '../../graph/refuse.ts'

/** Weights by row, as they are laid over a picture. */
export type Kernel = readonly (readonly number[])[]

export interface NamedKernel {
  readonly weights: Kernel
  /** What it does, for people. */
  readonly about: string
}

/** A ninth of each of 3×3 pixels, and so on: every weight is 1 / size². */
export function boxKernel(size: number): Kernel {
  checkSize('boxKernel', size)
  return Array.from({ length: size }, () => new Array<number>(size).fill(1 / size ** 2))
}

/**
 * w[i, j] ∝ exp(−(i² + j²) / 2σ²), with sum 1: a true Gaussian, so of rank 1.
 * @param sigma σ in pixels, > 0
 * @param size the side, odd; 2 ⌈3σ⌉ + 1 unless given, which leaves out less than 0.3 % of the weight
 */
export function gaussianKernel(sigma: number, size: number = 2 * Math.ceil(3 * sigma) + 1): Kernel {
  if (!(sigma > 0 && sigma < Infinity)) refuseOption('gaussianKernel', 'sigma', `sigma must be > 0, got ${sigma}`)
  checkSize('gaussianKernel', size)
  const middle = (size - 1) / 2
  const bell = Array.from({ length: size }, (_, i) => Math.exp(-((i - middle) ** 2) / (2 * sigma ** 2)))
  const sum = bell.reduce((a, b) => a + b)
  return bell.map(row => bell.map(column => (row / sum) * (column / sum)))
}

function checkSize(name: string, size: number): void {
  if (!(Number.isInteger(size) && size >= 1 && size % 2 === 1))
    refuseOption(name, 'size', `size must be an odd number of pixels, so that there is one in the middle; got ${size}`)
}

const ninth = 1 / 9

/** Kernels by name. */
export const kernels = {
  identity: {
    weights: [
      [0, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
    ],
    about: 'changes nothing',
  },
  box: {
    weights: [
      [ninth, ninth, ninth],
      [ninth, ninth, ninth],
      [ninth, ninth, ninth],
    ],
    about: 'smooths: the mean of 3×3 pixels',
  },
  gaussianLike: {
    weights: [
      [0, 1 / 8, 0],
      [1 / 8, 4 / 8, 1 / 8],
      [0, 1 / 8, 0],
    ],
    about: 'smooths with more weight in the middle; of rank 2, so not a Gaussian',
  },
  gaussian: {
    weights: [
      [1 / 16, 2 / 16, 1 / 16],
      [2 / 16, 4 / 16, 2 / 16],
      [1 / 16, 2 / 16, 1 / 16],
    ],
    about: 'smooths like a Gaussian of σ = √½ pixels: binomial weights, of rank 1',
  },
  sharpen: {
    weights: [
      [0, -1, 0],
      [-1, 5, -1],
      [0, -1, 0],
    ],
    about: 'sharpens: the picture minus its 4-neighbour Laplacian',
  },
  sharpenMore: {
    weights: [
      [-1, -1, -1],
      [-1, 9, -1],
      [-1, -1, -1],
    ],
    about: 'sharpens more: the picture minus its 8-neighbour Laplacian',
  },
  laplacian: {
    weights: [
      [0, 1, 0],
      [1, -4, 1],
      [0, 1, 0],
    ],
    about: 'edges in all directions: the second derivative from 4 neighbours',
  },
  edges: {
    weights: [
      [-1, -1, -1],
      [-1, 8, -1],
      [-1, -1, -1],
    ],
    about: 'edges in all directions: a pixel against its 8 neighbours',
  },
  sobelX: {
    weights: [
      [-1, 0, 1],
      [-2, 0, 2],
      [-1, 0, 1],
    ],
    about: 'vertical edges: smoothed derivative to the right',
  },
  sobelY: {
    weights: [
      [-1, -2, -1],
      [0, 0, 0],
      [1, 2, 1],
    ],
    about: 'horizontal edges: smoothed derivative downwards',
  },
  prewittX: {
    weights: [
      [-1, 0, 1],
      [-1, 0, 1],
      [-1, 0, 1],
    ],
    about: 'vertical edges: derivative to the right over a box',
  },
  prewittY: {
    weights: [
      [-1, -1, -1],
      [0, 0, 0],
      [1, 1, 1],
    ],
    about: 'horizontal edges: derivative downwards over a box',
  },
  scharrX: {
    weights: [
      [-3, 0, 3],
      [-10, 0, 10],
      [-3, 0, 3],
    ],
    about: 'vertical edges, nearly alike for all angles',
  },
  scharrY: {
    weights: [
      [-3, -10, -3],
      [0, 0, 0],
      [3, 10, 3],
    ],
    about: 'horizontal edges, nearly alike for all angles',
  },
  emboss: {
    weights: [
      [-2, -1, 0],
      [-1, 1, 1],
      [0, 1, 2],
    ],
    about: 'relief: light from the upper left',
  },
  verticalLine: {
    weights: [
      [-1, 1, -1],
      [-1, 1, -1],
      [-1, 1, -1],
    ],
    about: 'bright vertical lines on dark ground; its sum −3 subtracts brightness',
  },
  horizontalLine: {
    weights: [
      [-1, -1, -1],
      [1, 1, 1],
      [-1, -1, -1],
    ],
    about: 'bright horizontal lines on dark ground; its sum −3 subtracts brightness',
  },
  corner: {
    weights: [
      [-1, -1, -1],
      [-1, 1, 1],
      [-1, 1, 1],
    ],
    about: 'upper left corners of bright things on dark ground; its sum −1 subtracts brightness',
  },
  verticalRidge: {
    weights: [
      [-1, 2, -1],
      [-1, 2, -1],
      [-1, 2, -1],
    ],
    about: 'vertical lines on ground of any brightness (sum 0)',
  },
  horizontalRidge: {
    weights: [
      [-1, -1, -1],
      [2, 2, 2],
      [-1, -1, -1],
    ],
    about: 'horizontal lines on ground of any brightness (sum 0)',
  },
} as const satisfies Readonly<Record<string, NamedKernel>>

/** A name in `kernels`. */
export type KernelName = keyof typeof kernels
