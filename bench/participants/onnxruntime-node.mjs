/** onnxruntime-node (native code), one thread. */

import { createRequire } from 'node:module'
import { prepare } from './onnxruntime.mjs'
import { serve } from './serve.mjs'

const require = createRequire(new URL('../peers/', import.meta.url))
await serve(prepare(require('onnxruntime-node'), ['cpu']))
