/** The parameters as a safetensors file, named as the exported program's `nn.sequential` and PyTorch's name them. */
import { io } from 'chainrule'
import type { Layer } from './training.ts'

/** Linear layers are every second one, with an activation behind each. */
export const weightsFile = (layers: readonly Layer[]): Uint8Array<ArrayBuffer> =>
  io.serializeSafetensors(
    layers.flatMap(({ w, b }, l) => [
      [
        `${2 * l}.weight`,
        { dtype: 'float32', shape: [w.length, w[0]!.length], data: Float32Array.from(w.flat()) },
      ] as const,
      [`${2 * l}.bias`, { dtype: 'float32', shape: [b.length], data: Float32Array.from(b) }] as const,
    ]),
  )
