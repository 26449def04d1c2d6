/** Activations and their exact derivatives, as numbers and as pictures in runs/activations/. */
import { mkdir, writeFile } from 'node:fs/promises'
import { grad, linspace, nn, type Tensor } from 'chainrule'

const activations = {
  step: nn.step(),
  sigmoid: nn.sigmoid(),
  tanh: nn.tanh(),
  relu: nn.relu(),
  leakyRelu: nn.leakyRelu(0.1),
  elu: nn.elu(),
  softplus: nn.softplus(),
  gelu: nn.gelu(),
  silu: nn.silu(),
}

const folder = 'runs/activations'
await mkdir(folder, { recursive: true })
const x = linspace(-5, 5, 201)
console.log('            g(−2)    g(0)     g(2)    g′(−2)   g′(0)    g′(2)')
for (const [name, layer] of Object.entries(activations)) {
  const g = (z: Tensor<[number]>) => layer.forward(z) as Tensor<[number]>
  const values = await g(x).data()
  const slopes = await grad(g(x).sum(), x).data()
  const at = [60, 100, 140] // x = −2, 0, 2
  const cells = [...at.map(i => values[i]!), ...at.map(i => slopes[i]!)].map(v => v.toFixed(4).padStart(8))
  console.log(`${name.padEnd(10)} ${cells.join(' ')}`)
  await writeFile(`${folder}/${name}.svg`, picture(name, values, slopes))
}

// softmax works on all scores at once: its derivative is a matrix, sᵢ (δᵢⱼ − sⱼ)
const scores = linspace(0, 2, 3)
const s = nn.softmax().forward(scores) as Tensor<[number]>
console.log(`softmax(0, 1, 2) = ${[...(await s.data())].map(v => v.toFixed(4)).join(', ')}`)
for (const i of [0, 1, 2]) {
  const row = await grad(s.at(i), scores).data()
  console.log(`  ∂s${i}: ${[...row].map(v => v.toFixed(4).padStart(7)).join(' ')}`)
}
console.log(`pictures in ${folder}`)

/** Black: the function; grey: its derivative. */
function picture(name: string, values: ArrayLike<number>, slopes: ArrayLike<number>): string {
  const line = (data: ArrayLike<number>) =>
    Array.from(data, (v, i) => `${i},${(100 - 25 * Math.max(-1.5, Math.min(3, v))).toFixed(1)}`).join(' ')
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 20 200 125" width="400"><title>${name}</title>` +
    '<path d="M0 100h200M100 20v125" stroke="#ccc"/>' +
    `<polyline points="${line(slopes)}" fill="none" stroke="#999" stroke-dasharray="4 2"/>` +
    `<polyline points="${line(values)}" fill="none" stroke="black" stroke-width="1.5"/></svg>`
  )
}
