/** Adam is written out: the package has no optimizer. */
import { defaultDevice, init, jit, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax'

const pool = x => {
  const [n, c, h, w] = x.shape
  return np.max(x.reshape([n, c, h / 2, 2, w / 2, 2]), [3, 5])
}
const dense = (x, w, b) => np.matmul(x, w.transpose()).add(b)
const conv2d = (x, w, b, pad) =>
  lax
    .convGeneralDilated(
      x,
      w,
      [1, 1],
      [
        [pad, pad],
        [pad, pad],
      ],
    )
    .add(b.reshape([1, -1, 1, 1]))

function lossOf(p, x, y) {
  let h = pool(nn.relu(conv2d(x, p[0], p[1], 2)))
  h = pool(nn.relu(conv2d(h, p[2], p[3], 0)))
  h = h.reshape([-1, 400])
  h = nn.relu(dense(h, p[4], p[5]))
  h = nn.relu(dense(h, p[6], p[7]))
  return np.mean(np.sum(nn.logSoftmax(dense(h, p[8], p[9])).mul(y), -1)).neg()
}

/** Adam (Kingma and Ba 2015), as PyTorch orders it; the bias corrections arrive as scalars. */
const adamStep = jit((p, m, v, x, y, correction1, correction2) => {
  const [loss, gradients] = valueAndGrad(lossOf)(
    p.map(a => a.ref),
    x,
    y,
  )
  const m2 = m.map((a, i) => a.mul(0.9).add(gradients[i].ref.mul(0.1)))
  const v2 = v.map((a, i) => a.mul(0.999).add(gradients[i].ref.mul(gradients[i]).mul(0.001)))
  const p2 = p.map((a, i) => {
    const denominator = np.sqrt(v2[i].ref.div(correction2.ref)).add(1e-8)
    return a.sub(m2[i].ref.div(correction1.ref).div(denominator).mul(1e-3))
  })
  correction1.dispose()
  correction2.dispose()
  return [loss, p2, m2, v2]
})

export async function train({ parameters, x, labels, steps }) {
  await init('wasm')
  defaultDevice('wasm')
  const array = (data, shape) => np.array(data).reshape(shape)
  const oneHot = new Float32Array(labels.length * 10)
  labels.forEach((label, i) => {
    oneHot[i * 10 + label] = 1
  })
  const input = array(x, [labels.length, 1, 28, 28])
  const target = array(oneHot, [labels.length, 10])
  const given = Object.values(parameters)
  let p = given.map(({ data, shape }) => array(data, shape))
  let m = given.map(({ shape }) => np.zeros(shape))
  let v = given.map(({ shape }) => np.zeros(shape))
  const losses = []
  for (let t = 1; t <= steps; t++) {
    let loss
    ;[loss, p, m, v] = adamStep(p, m, v, input.ref, target.ref, np.array(1 - 0.9 ** t), np.array(1 - 0.999 ** t))
    losses.push((await loss.data())[0])
  }
  return losses
}
