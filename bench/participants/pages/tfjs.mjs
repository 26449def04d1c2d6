import * as tf from '@tensorflow/tfjs'

const relu = { activation: 'relu' }
const model = tf.sequential({
  layers: [
    tf.layers.conv2d({ inputShape: [28, 28, 1], filters: 6, kernelSize: 5, padding: 'same', ...relu }),
    tf.layers.maxPooling2d({ poolSize: 2, strides: 2 }),
    tf.layers.conv2d({ filters: 16, kernelSize: 5, ...relu }),
    tf.layers.maxPooling2d({ poolSize: 2, strides: 2 }),
    // flattened as PyTorch does, channels first
    tf.layers.permute({ dims: [3, 1, 2] }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 120, ...relu }),
    tf.layers.dense({ units: 84, ...relu }),
    tf.layers.dense({ units: 10 }),
  ],
})

export async function train({ parameters, x, labels, steps }) {
  await tf.setBackend('cpu')
  // [out, in, height, width] → [height, width, in, out]; [out, in] → [in, out]
  const axes = { 1: [0], 2: [1, 0], 4: [2, 3, 1, 0] }
  const held = ({ shape, data }) => tf.tensor(data, shape).transpose(axes[shape.length])
  model.setWeights(Object.values(parameters).map(held))
  model.compile({
    optimizer: tf.train.adam(1e-3, 0.9, 0.999, 1e-8),
    loss: (y, scores) => tf.losses.softmaxCrossEntropy(y, scores),
  })
  const input = tf.tensor(x, [labels.length, 28, 28, 1])
  const target = tf.oneHot(tf.tensor1d(labels, 'int32'), 10)
  const losses = []
  while (losses.length < steps) losses.push(await model.trainOnBatch(input, target))
  return losses
}
