/** Outputs of layers inside a model, by their paths. */
import { OptionError } from '../../errors.ts'
import { refuse } from '../../graph/refuse.ts'
import { show } from '../../graph/shape.ts'
import type { Module } from '../../nn/module.ts'
import type { AnyTensor, Tensor } from '../../tensor/types.ts'
import { forwardOf, type Trainable } from '../../train/types.ts'
import { watch } from '../../train/watch.ts'

/** Every layer that can be looked at: the modules with a forward, by path. */
export const layerNames = (model: Trainable): string[] =>
  [...model.namedModules()].flatMap(([path, module]) => (path !== '' && 'forward' in module ? [path] : []))

/** @throws OptionError when the model has no such layer, with those it has */
export function layerAt(operation: string, model: Trainable, path: string): Module {
  const module = path === '' ? undefined : model.namedModules().get(path)
  if (module) return module
  throw new OptionError(
    'layer',
    `${operation}: the model has no layer '${path}'; it has ${layerNames(model).join(', ')}`,
  )
}

export interface Pass {
  readonly output: Tensor
  /** By path; the last output of a layer that is used several times. */
  readonly layers: ReadonlyMap<string, Tensor>
}

/** One pass with what these layers give on the way; nothing is computed yet. */
export function passThrough(operation: string, model: Trainable, x: AnyTensor, paths: readonly string[]): Pass {
  const seen = new Map<string, Tensor>()
  const restore = paths.map(path =>
    watch(layerAt(operation, model, path), output => {
      seen.set(path, output as Tensor)
    }),
  )
  try {
    const output = forwardOf(model)(x) as Tensor
    const unused = paths.find(path => !seen.has(path))
    if (unused !== undefined)
      throw new OptionError('layer', `${operation}: layer '${unused}' took no part in this pass`)
    return { output, layers: new Map(paths.map(path => [path, seen.get(path)!])) }
  } finally {
    for (const undo of restore.reverse()) undo()
  }
}

/** @throws ShapeError unless x is a batch of pictures */
export function checkPictures(operation: string, x: AnyTensor): void {
  if (x.shape.length !== 4 || x.shape[0] === 0)
    refuse(operation, [x.shape], `expected pictures [batch, channels, height, width], got ${show(x.shape)}`)
}
