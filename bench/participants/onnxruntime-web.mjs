/** onnxruntime-web on its wasm backend, one thread. */

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { prepare } from './onnxruntime.mjs'
import { serve } from './serve.mjs'

const require = createRequire(new URL('../peers/', import.meta.url))
const folder = require.resolve('onnxruntime-web').replace(/[^/]*$/, '')
const ort = await import(pathToFileURL(`${folder}ort.node.min.mjs`).href)
ort.env.wasm.numThreads = 1
ort.env.wasm.wasmPaths = pathToFileURL(folder).href
await serve(prepare(ort, ['wasm']))
