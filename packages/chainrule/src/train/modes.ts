/** Running a model in evaluation mode for a while. */
import type { Module } from '../nn/module.ts'
import { invalidateTraces } from '../tensor/runtime.ts'

/** Sets every module to evaluation, runs `body`, and puts each module's own mode back. */
export async function inEvaluation<T>(model: Module, body: () => Promise<T>): Promise<T> {
  const modes = [...model.namedModules().values()].map(module => [module, module.training] as const)
  const changes = modes.some(([, training]) => training)
  if (changes) model.eval()
  try {
    return await body()
  } finally {
    if (changes) {
      for (const [module, training] of modes) module.training = training
      invalidateTraces()
    }
  }
}

/** Gives timers, input and signals their turn: evaluation on the CPU never waits by itself. */
export const breathe = (): Promise<void> =>
  new Promise(resolve => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else {
      // browsers make nested timers wait 4 ms; a message has its turn at once
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        port1.close()
        resolve()
      }
      port2.postMessage(undefined)
    }
  })
