/**
 * brain.js on its CPU network. It learns from one sample after the other and always has an error of its own, so that its numbers cannot
 * be compared; timed is one pass over the batch.
 */
import { createRequire } from 'node:module'
import { batchOf } from './problem.mjs'
import { serve } from './serve.mjs'

const require = createRequire(new URL('../peers/', import.meta.url))
const { NeuralNetwork } = require('brain.js')

await serve(row => {
  if (row.peers !== 'mlp') return { cannot: 'not measured' }
  const { x, labels } = batchOf(row)
  const size = x.length / labels.length
  const samples = Array.from(labels, (label, i) => ({
    input: x.slice(i * size, (i + 1) * size),
    output: Array.from({ length: row.classes }, (_, c) => (c === label ? 1 : 0)),
  }))
  const hiddenLayers = row.layers.flatMap(([name, , outputs]) => (name === 'linear' ? [outputs] : [])).slice(0, -1)
  const network = new NeuralNetwork({ hiddenLayers, activation: 'relu', praxis: 'adam' })
  const run = () => network.train(samples, { iterations: 1, learningRate: 1e-3, errorThresh: 1e-9 })
  run()
  return { run, note: 'one sample at a time, numbers not compared' }
})
