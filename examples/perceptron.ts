/**
 * What one threshold unit represents: Rosenblatt's rule on the gates and on real digits, and for every function of two bits either
 * weights or a proof that there are none. Pictures go to runs/perceptron/.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { data, perceptron } from 'chainrule'

const { gates, truthTable, decide, learn, separates } = perceptron
const folder = 'runs/perceptron'
await mkdir(folder, { recursive: true })

// the rule, one mistake at a time: w ← w + (t − o) x
console.log('AND, one mistake at a time:')
for (const { sample, sign, weights, bias } of learn(truthTable(2, gates.and)).history)
  console.log(`  sample ${sample}, ${sign > 0 ? '+' : '−'}x: w = (${weights.join(', ')}), b = ${bias}`)

// gates: separable or not, with a proof that is checked in exact arithmetic
const tables = {
  and: truthTable(2, gates.and),
  or: truthTable(2, gates.or),
  not: truthTable(1, gates.not),
  xor: truthTable(2, gates.xor),
  'majority of 5': truthTable(5, gates.majority),
}
for (const [name, table] of Object.entries(tables)) {
  const decision = decide(table)
  const proof = decision.separable
    ? `w = (${decision.weights.join(', ')}), b = ${decision.bias}; checked: ${separates(table, decision)}`
    : `checked: ${perceptron.verifyCertificate(table, decision.certificate)}`
  console.log(`${name}: ${decision.sentence}\n  ${proof}`)
  if (table.points[0]!.length <= 2) await writeFile(`${folder}/${name}.svg`, perceptron.svg(table, decision))
}

// all functions of two bits
const decisions = perceptron.booleanFunctions(2).map(table => decide(table))
const separable = decisions.filter(d => d.separable).length
const holes = decisions.flatMap((d, k) => (d.separable ? [] : [k]))
console.log(
  `of the 16 functions of two bits ${separable} are separable; not: numbers ${holes.join(' and ')} (XOR and its opposite)`,
)

// the bias matters: without it AND is impossible, and OR is not
for (const name of ['and', 'or'] as const)
  console.log(`${name} without a bias: ${decide(tables[name], { bias: false }).sentence}`)

// any data: real digits, 784 pixels each, in exact arithmetic
const digits = (await data.mnist()).test
const images = await digits.batch(Int32Array.from({ length: digits.length }, (_, i) => i))
const pixels = (i: number) => Array.from(images.x!.data.subarray(784 * i, 784 * (i + 1)))
for (const [a, b] of [
  [0, 1],
  [3, 5],
]) {
  const chosen = [...images.y!.data.keys()].filter(i => [a, b].includes(images.y!.data[i]!))
  const samples = { points: chosen.map(pixels), labels: chosen.map(i => images.y!.data[i] === a) }
  const { sentence } = decide(samples)
  console.log(`${chosen.length} digits, ${a} against ${b}: ${sentence}`)
}
