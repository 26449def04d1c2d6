/** Fashion-MNIST, 28×28 pictures of clothes in the format of MNIST (Xiao, Rasul, Vollgraf 2017): 60,000 and 10,000. */
import { ImageDataset, type LabelledImageSet } from './image-set.ts'
import { type IdxSet, imageSet, type SourceOptions } from './sources.ts'

const clothes = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
]

const fashionFiles: IdxSet = {
  name: 'fashion-mnist',
  title: 'Fashion-MNIST',
  files: {
    trainImages: {
      name: 'train-images-idx3-ubyte.gz',
      sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      shape: [60000, 28, 28],
    },
    trainLabels: {
      name: 'train-labels-idx1-ubyte.gz',
      sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      shape: [60000],
    },
    testImages: {
      name: 't10k-images-idx3-ubyte.gz',
      sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      shape: [10000, 28, 28],
    },
    testLabels: {
      name: 't10k-labels-idx1-ubyte.gz',
      sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
      shape: [10000],
    },
  },
  addresses: [
    'https://fashion-mnist.s3.eu-central-1.amazonaws.com/',
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
  ],
  systemFolders: ['/usr/share/datasets/fashion-mnist'],
  advice: 'Install the package that ships it (Debian, Ubuntu: apt install dataset-fashion-mnist)',
}

/**
 * Pictures of clothes: x [1, 28, 28] in [0, 1], y an index into `classes`.
 * @throws DataError when no source has them; it says what to install or where to put the files
 */
export async function fashionMnist(options: SourceOptions = {}): Promise<LabelledImageSet> {
  const { train, test, origin } = await imageSet(fashionFiles, options)
  return {
    train: new ImageDataset(train, clothes.length),
    test: new ImageDataset(test, clothes.length),
    classes: clothes,
    origin,
  }
}
