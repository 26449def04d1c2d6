/** Names of quantities, as in `data-q`: one for each weight and bias, everywhere; all of a layer's begin with the layer's. */
export const layerName = (layer: number): string => `layer${layer}`
export const weightName = (layer: number, unit: number, input: number): string =>
  `${layerName(layer)}.w${unit}.${input}`
export const biasName = (layer: number, unit: number): string => `${layerName(layer)}.b${unit}`
/** ∂J/∂ the quantity of that name. */
export const slopeOf = (name: string): string => name.replace('.', '.d')
