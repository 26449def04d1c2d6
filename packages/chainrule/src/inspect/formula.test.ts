import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inspect, nn, random, tensor, variable } from '../index.ts'

const { trace, expression, mathml } = inspect

/** The lecture's network: 1, 2 → 3, 4 → 5. */
const network = () =>
  trace(
    ({ a1, a2, w13, w23, w14, w24, w35, w45 }) => {
      const a3 = w13.mul(a1).add(w23.mul(a2)).sigmoid()
      const a4 = w14.mul(a1).add(w24.mul(a2)).sigmoid()
      return { a3, a4, a5: w35.mul(a3).add(w45.mul(a4)).sigmoid() }
    },
    {
      a1: tensor(1),
      a2: tensor(-2),
      w13: variable(0.5),
      w23: variable(1),
      w14: variable(-1),
      w24: variable(2),
      w35: variable(3),
      w45: variable(-0.25),
    },
  )

test('the nested expression of the lecture', async () => {
  const graph = await network()
  const functions = { sigmoid: 'g' }
  expect(expression(graph, 'a5', { functions })).toBe('a5 = g(w35·g(w13·a1 + w23·a2) + w45·g(w14·a1 + w24·a2))')
  expect(expression(graph, 'a5', { functions, keep: 'named' })).toBe('a5 = g(w35·a3 + w45·a4)')
  expect(expression(graph, 'a5', { functions, keep: ['a4'] })).toBe('a5 = g(w35·g(w13·a1 + w23·a2) + w45·a4)')
  expect(expression(graph, 'a3', { values: true })).toBe('a3 = σ(0.5·1 + 1·(−2)) = 0.1824')
})

test('the same from layers, by elements', async () => {
  const [hidden, output] = [nn.linear(2, 2, { bias: false }), nn.linear(2, 1, { bias: false })]
  const graph = await trace(
    ({ a }) => ({ a5: output.forward(hidden.forward(a).sigmoid()).sigmoid() }),
    { a: tensor([[1, 2]]), W: hidden.weight, V: output.weight },
    {
      elements: (name, index) =>
        ({ a: `a${index[1]! + 1}`, W: `w${index[1]! + 1}${index[0]! + 3}`, V: `w${index[1]! + 3}5` })[name],
    },
  )
  expect(expression(graph, 'a5', { functions: { sigmoid: 'g' } })).toBe(
    'a5 = g(w35·g(w13·a1 + w23·a2) + w45·g(w14·a1 + w24·a2))',
  )
})

test('signs, brackets, powers and quotients', async () => {
  const x = tensor(2)
  const y = tensor(3)
  const text = async (what: typeof x, options = {}) =>
    expression(await trace({ r: what }, { x, y }), 'r', options).slice(4)
  expect(await text(x.sub(y.sub(x)))).toBe('x − (y − x)')
  expect(await text(x.sub(y).neg())).toBe('−(x − y)')
  expect(await text(x.add(y).mul(x))).toBe('(x + y)·x')
  expect(await text(x.div(y.mul(x)))).toBe('x/(y·x)')
  expect(await text(x.sub(y).square())).toBe('(x − y)²')
  expect(await text(x.pow(y))).toBe('x^y')
  expect(await text(x.add(y).log())).toBe('ln(x + y)')
  expect(await text(x.mul(-2).add(-1))).toBe('x·(−2) + (−1)')
  expect(await text(x.sub(y), { values: true })).toBe('2 − 3 = −1')
})

test('tensors: transposes and products of matrices', async () => {
  const graph = await trace(({ x, W, b }) => ({ y: x.matmul(W.T).add(b).relu() }), {
    x: tensor([[1, 2]]),
    W: tensor([
      [1, 0],
      [0, 1],
    ]),
    b: tensor([0, 1]),
  })
  expect(expression(graph, 'y')).toBe('y = relu(x·Wᵀ + b)')
})

test('a formula that is too long says what to do', async () => {
  random.seed(1)
  let h = random.normal([1, 8]) as ReturnType<typeof tensor>
  const layers = Array.from({ length: 6 }, () => nn.linear(8, 8))
  for (const layer of layers) h = layer.forward(h as never) as never
  const graph = await trace({ y: h.sum() }, undefined, { elements: true })
  expect(() => expression(graph, 'y')).toThrow("the formula of 'y' has more than 5000 parts; keep some of its nodes")
})

test('MathML: well formed, indices below, every part knows its node', async () => {
  const graph = await network()
  const text = mathml(graph, 'a5', { keep: 'named' })
  const id = inspect.find(graph, 'w35').id
  expect(text).toContain(`<msub data-node="${id}"><mi>w</mi><mn>35</mn></msub><mo>·</mo>`)
  balanced(text)
  balanced(mathml(graph, 'a5', { values: true }))
  const odd = await trace({ 'a<b': tensor(1).exp() })
  expect(mathml(odd, 'a<b')).toContain('<mi data-node="1">a&lt;b</mi>')
})

/** Every tag that opens closes. */
function balanced(xml: string): void {
  const open: string[] = []
  for (const [, close, name, self] of xml.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
    if (self) continue
    if (close) expect(open.pop()).toBe(name)
    else open.push(name!)
  }
  expect(open).toEqual([])
}

test('SVG and Graphviz show names, values, gradients and derivatives', async () => {
  const w = variable(2)
  const graph = await trace(({ x }) => ({ e: x.mul(w).sub(1), L: x.mul(w).sub(1).square() }), { x: tensor(3), w })
  const picture = inspect.svg(graph)
  balanced(picture)
  expect(picture).toContain('>∂ 30<') // dL/dw = 2 (6 − 1) · 3
  expect(picture.match(/<g data-node/g)).toHaveLength(graph.nodes.length)
  expect(picture.match(/<g data-edge/g)).toHaveLength(graph.edges.length)
  const dot = inspect.graphviz(graph)
  expect(dot).toMatch(/^digraph \{\n[\s\S]*\}\n$/)
  expect(dot).toContain(`n${inspect.find(graph, 'w').id} [label="w\\nparameter\\n2\\n∂ 30", shape=ellipse]`)
  expect(dot.match(/ -> /g)).toHaveLength(graph.edges.length)
})

test('boxes of a picture do not overlap', async () => {
  const picture = inspect.svg(await network())
  const boxes = [...picture.matchAll(/<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(m =>
    m.slice(1).map(Number),
  ) as [number, number, number, number][]
  expect(boxes.length).toBeGreaterThan(10)
  for (const [i, [x, y, w, h]] of boxes.entries())
    for (const [u, v, p, q] of boxes.slice(i + 1))
      expect(x + w <= u || u + p <= x || y + h <= v || v + q <= y).toBe(true)
})

test('JSON round trip, infinities too', async () => {
  const graph = await trace({ y: tensor([0, 1]).log().sum() })
  const text = inspect.json(graph)
  expect(text).toContain('"-Infinity"')
  expect(inspect.parse(text)).toEqual(graph)
  expect(() => inspect.parse('{}')).toThrow('parse: this is no trace')
  expect(() => inspect.parse('{')).toThrow('parse: this is no JSON')
  expect(() => inspect.parse('{"format":"chainrule.trace","version":9}')).toThrow('has version 9')
})

test('JSON has the members of its schema', async () => {
  const { properties, required, $defs } = JSON.parse(
    readFileSync(new URL('../../../../docs/trace.schema.json', import.meta.url), 'utf8'),
  )
  const text = JSON.parse(inspect.json(await trace({ y: tensor([0, 1]).log().gt(0) }, { w: variable(1) })))
  const fits = (value: object, schema: { properties: object; required: string[] }) => {
    for (const key of Object.keys(value)) expect(Object.keys(schema.properties)).toContain(key)
    for (const key of schema.required) expect(Object.keys(value)).toContain(key)
  }
  fits(text, { properties, required })
  for (const node of text.nodes) fits(node, $defs.node)
  for (const edge of text.edges) fits(edge, $defs.edge)
  expect([text.format, text.version]).toEqual([properties.format.const, properties.version.const])
})
