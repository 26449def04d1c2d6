/** What a module gives whenever its forward runs. */
import { ChainruleError } from '../errors.ts'
import type { Module } from '../nn/module.ts'
import type { AnyTensor } from '../tensor/types.ts'

/** Shows every output of a module until undone. */
export function watch(module: Module, see: (output: AnyTensor) => void): () => void {
  const holder = module as Module & { forward?: (...inputs: unknown[]) => unknown }
  const { forward } = holder
  if (!forward) throw new ChainruleError(`watch: ${module.constructor.name} has no forward`)
  holder.forward = (...inputs) => {
    const output = forward.apply(module, inputs)
    see(output as AnyTensor)
    return output
  }
  return () => {
    holder.forward = forward
  }
}
