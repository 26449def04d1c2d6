/** What the kernels of a text classifier look for: the n-grams to which each answers most. */
import { DataError } from '../errors.ts'
import { compile } from '../tensor/compile.ts'
import { all, tensor } from '../tensor/tensor.ts'
import type { IntTensor } from '../tensor/types.ts'
import { inEvaluation } from '../train/modes.ts'
import { padded } from './batches.ts'
import type { ConvolutionClassifier } from './convolution-classifier.ts'
import type { Vocabulary } from './vocabulary.ts'

export interface KernelFavourites {
  readonly width: number
  /** Its number among the kernels of its width. */
  readonly kernel: number
  /** Different n-grams with the kernel's answer z, the largest first; only answers above 0. */
  readonly ngrams: readonly { readonly tokens: readonly string[]; readonly activation: number }[]
  /** The class for which its maximum counts most. */
  readonly favours: number
  /** By how much more it counts for that class than for the others on average. */
  readonly weight: number
}

/**
 * The n-grams among these sequences that each kernel likes most; kernels in the order of the layers.
 * @param options.top how many of each; 5 unless given
 * @throws DataError when there are no sequences
 */
export async function favouriteNgrams(
  model: ConvolutionClassifier,
  sequences: readonly Int32Array[],
  vocabulary: Vocabulary,
  { top = 5 }: { readonly top?: number } = {},
): Promise<KernelFavourites[]> {
  if (sequences.length === 0) throw new DataError('favouriteNgrams: there are no sequences')
  const longest = Math.max(...model.widths, ...sequences.map(s => s.length))
  const kernels = model.convolutions.map(c => Array.from({ length: c.weight.shape[0]! }, () => new Best(top)))
  const answers = compile((x: IntTensor<[number, number]>) => model.activations(x))
  await inEvaluation(model, async () => {
    const { x } = padded(sequences, { padding: model.padding, length: longest })
    const rows = await x.data()
    for (let start = 0; start < sequences.length; start += batch) {
      const size = Math.min(batch, sequences.length - start)
      const part = rows.slice(start * longest, (start + size) * longest)
      const found = answers(tensor(part, { shape: [size, longest], dtype: 'int32' }))
      await all(...found)
      for (const [layer, z] of found.entries()) {
        const values = await z.data()
        const width = model.widths[layer]!
        const positions = longest - width + 1
        for (let i = 0; i < values.length; i++) {
          const kernel = kernels[layer]![Math.floor(i / positions) % kernels[layer]!.length]!
          if (!kernel.wants(values[i]!)) continue
          const row = Math.floor(i / positions / kernels[layer]!.length)
          const at = row * longest + (i % positions)
          kernel.take(Array.from(part.subarray(at, at + width)), values[i]!)
        }
      }
    }
  })
  const [classes, maxima] = model.output.weight.shape
  const weights = await model.output.weight.data()
  let column = 0
  return kernels.flatMap((layer, l) =>
    layer.map((best, kernel): KernelFavourites => {
      const own = Array.from({ length: classes }, (_, c) => weights[c * maxima + column]!)
      column++
      const favours = own.indexOf(Math.max(...own))
      const others = (own.reduce((a, b) => a + b, 0) - own[favours]!) / Math.max(1, classes - 1)
      const ngrams = best.found.map(({ tokens, z }) => ({ tokens: vocabulary.decode(tokens), activation: z }))
      return { width: model.widths[l]!, kernel, ngrams, favours, weight: own[favours]! - others }
    }),
  )
}

const batch = 64

/** The n-grams with the largest answers so far, each once. */
class Best {
  readonly found: { tokens: readonly number[]; z: number }[] = []
  readonly #top: number
  constructor(top: number) {
    this.#top = top
  }
  wants(z: number): boolean {
    return z > 0 && (this.found.length < this.#top || z > this.found[this.found.length - 1]!.z)
  }
  /** An n-gram gives the same answer wherever it is. */
  take(tokens: readonly number[], z: number): void {
    if (this.found.some(f => f.tokens.every((t, i) => t === tokens[i]))) return
    this.found.push({ tokens, z })
    this.found.sort((a, b) => b.z - a.z)
    if (this.found.length > this.#top) this.found.pop()
  }
}
