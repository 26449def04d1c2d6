/** What the layers of a model make of pictures: activation maps, and the kernels that made them. */

import { refuse } from '../../graph/refuse.ts'
import { show } from '../../graph/shape.ts'
import { ConvolutionModule } from '../../nn/convolution.ts'
import { all } from '../../tensor/functions.ts'
import type { Tensor } from '../../tensor/types.ts'
import { inEvaluation } from '../../train/modes.ts'
import { checkModel, type Trainable } from '../../train/types.ts'
import { layerAt, layerNames, passThrough } from './layers.ts'

/**
 * The outputs of layers in evaluation mode, by path: maps [batch, channels, height, width] after convolutions, [batch, features] after
 * linear layers.
 * @param layers paths (`0`, `layer1.0.conv1`); all unless given
 * @throws OptionError when the model has no such layer
 */
export async function activations(
  model: Trainable,
  x: Tensor,
  layers: readonly string[] = layerNames(model),
): Promise<Map<string, Tensor>> {
  checkModel('activations', model)
  return inEvaluation(model, async () => {
    const found = passThrough('activations', model, x, layers).layers
    await all(...found.values())
    return new Map(found)
  })
}

/**
 * The kernels of a convolution as pictures [filters · n, channels, height, width]: one for each filter (n = 1) when it takes grey
 * pictures or is the first and takes coloured ones, otherwise a grey one for each of its n input channels.
 * @param layer the path of a convolution; the first one unless given
 */
export function filters(model: Trainable, layer?: string): Tensor<[number, number, number, number]> {
  checkModel('filters', model)
  const first = [...model.namedModules()].find(([, module]) => module instanceof ConvolutionModule)
  const module = layer === undefined ? first?.[1] : layerAt('filters', model, layer)
  if (!(module instanceof ConvolutionModule) || module.weight.shape.length !== 4)
    refuse(
      'filters',
      [],
      layer === undefined ? 'the model has no convolution' : `layer '${layer}' is no convolution in two axes`,
    )
  const [outputs, channels, height, width] = module.weight.shape as readonly [number, number, number, number]
  const coloured = channels === 1 || (channels === 3 && module === first?.[1])
  const weight = module.weight as unknown as Tensor<[number, number, number, number]>
  return coloured
    ? weight.reshape([outputs, channels, height, width])
    : weight.reshape([outputs * channels, 1, height, width])
}

/** Maps [batch, channels, height, width] as grey pictures [batch · channels, 1, height, width], for `grid`. */
export function mapsOf(activation: Tensor): Tensor<[number, number, number, number]> {
  const { shape } = activation
  if (shape.length !== 4)
    refuse('mapsOf', [shape], `expected activation maps [batch, channels, height, width], got ${show(shape)}`)
  const [n, c, h, w] = shape as readonly [number, number, number, number]
  return activation.reshape([n * c, 1, h, w] as const) as never
}
