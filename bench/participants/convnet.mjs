/** convnetjs. It has no Adam with these constants and its own order of parameters: its numbers are not compared; timed is one batch. */
import { createRequire } from 'node:module'
import { batchOf, sizeOf } from './problem.mjs'
import { serve } from './serve.mjs'

const require = createRequire(new URL('../peers/', import.meta.url))
const convnet = require('convnetjs')

const layerOf = {
  conv: (_, filters, sx, { padding = 0 }) => ({
    type: 'conv',
    sx,
    filters,
    stride: 1,
    pad: padding,
    activation: 'relu',
  }),
  maxPool: size => ({ type: 'pool', sx: size, stride: size }),
  linear: (_, outputs) => ({ type: 'fc', num_neurons: outputs, activation: 'relu' }),
}

await serve(row => {
  if (!row.peers) return { cannot: 'not measured' }
  const [batch, channels, height, width] = row.input
  const layers = row.layers.flatMap(([name, ...args]) => (layerOf[name] ? [layerOf[name](...args)] : []))
  const network = new convnet.Net()
  network.makeLayers([
    { type: 'input', out_sx: width, out_sy: height, out_depth: channels },
    ...layers.slice(0, -1),
    { type: 'softmax', num_classes: row.classes },
  ])
  const trainer = new convnet.Trainer(network, { method: 'adam', batch_size: batch, learning_rate: 1e-3 })
  const { x, labels } = batchOf(row)
  const size = sizeOf(row.input.slice(1))
  const volumes = Array.from(labels, (_, i) => {
    const volume = new convnet.Vol(width, height, channels, 0)
    volume.w.set(x.subarray(i * size, (i + 1) * size))
    return volume
  })
  const run = () => {
    for (const [i, volume] of volumes.entries()) trainer.train(volume, labels[i])
  }
  run()
  return { run, note: 'numbers not compared' }
})
