/** A model of the catalogue, and a batch of ones for it: what commands measure. */
import { fromHost } from '../data/arrays.ts'
import { OptionError } from '../errors.ts'
import { numel } from '../graph/shape.ts'
import type { AnyTensor } from '../tensor/types.ts'
import type { Trainable } from '../train/types.ts'
import { known, models } from './catalogue.ts'
import { showBytes, showCount } from './terminal.ts'

/** @throws OptionError, in the name of a command, for a batch larger than memory */
export function sampleBatch(
  command: string,
  name: string,
  batch: number,
): { readonly model: Trainable; readonly x: AnyTensor; readonly y: AnyTensor } {
  const { create, input } = known('model', models, name)
  let x: AnyTensor
  try {
    const data = new Float32Array(batch * numel(input)).fill(1)
    x = fromHost({ dtype: 'float32', shape: [batch, ...input], data })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // an array that the engine cannot make
    throw new OptionError(
      'batch',
      `${command}: ${showCount(batch)} samples alone are ${showBytes(4 * numel(input) * batch)}, more than there is memory for; ` +
        'give a smaller --batch',
    )
  }
  return { model: create(), x, y: fromHost({ dtype: 'int32', shape: [batch], data: new Int32Array(batch) }) }
}
