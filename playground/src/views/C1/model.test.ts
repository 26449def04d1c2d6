import { describe, expect, test } from 'vitest'
import { initialState } from '../../frame/schema.ts'
import { asTypeScript, parseProgram, SyntaxProblem } from './language.ts'
import { model, presets, type State } from './model.ts'

const at = (changes: Partial<State>) => model.derive({ ...initialState(model.schema), ...changes })

test('e·e has two paths; their sum is −0.5379, one alone is half of it', async () => {
  const d = await at(presets['the squared error'])
  expect(d.pathCount).toBe(2)
  expect(d.pathSum).toBeCloseTo(-0.5378828, 6)
  expect(d.paths.map(p => p.product)).toEqual([d.pathSum / 2, d.pathSum / 2])
})
test('the worked example: −0.010575417', async () => {
  const d = await at(presets['the worked example'])
  expect(d.pathSum).toBeCloseTo(-0.010575417, 8)
  expect(d.nodes.find(n => n.name === 'w1')!.gradient).toBeCloseTo(-0.010575417, 8)
})
test('node by node the same gradients arrive as in one pass', async () => {
  const whole = await at({ ...presets['one weight used twice'], step: 99 })
  const last = await at({ ...presets['one weight used twice'], step: whole.order.length - 1 })
  expect(last.nodes.find(n => n.name === 'y')!.gradient).toBeCloseTo(
    whole.nodes.find(n => n.name === 'y')!.gradient!,
    6,
  )
  const none = await at({ ...presets['one weight used twice'], step: 0 })
  expect(none.nodes.filter(n => n.gradient !== undefined).map(n => n.name)).toEqual(['L'])
  // every card's gradient is the sum over its paths
  for (const { name, gradient } of whole.nodes.filter(n => n.id !== whole.output))
    expect((await at({ ...presets['one weight used twice'], node: name })).pathSum).toBeCloseTo(gradient!, 6)
})
describe('the language', () => {
  test('precedence, unary minus, powers to the right', () => {
    const { assignments, inputs } = parseProgram('L = -a^2 * b + c / (d - 1)')
    expect(asTypeScript(assignments[0]!.term)).toBe('a.pow(2).neg().mul(b).add(c.div(d.sub(1)))')
    expect(inputs).toEqual(['a', 'b', 'c', 'd'])
  })
  test.each([
    ['a +', 'a number, a name or “(” is missing at the end'],
    ['a $ b', '“$” at character 3 means nothing here'],
    ['(a', '“)” is missing at the end'],
    ['foo(a)', 'there is no function “foo”; there is sigmoid, tanh, relu, exp, log, square, sqrt, abs, sin, cos'],
    ['a = b; a = c', '“a” is assigned twice'],
    ['L = e; e = a', '“e” is used before it is assigned'],
    ['', 'there is nothing to compute'],
    ['1 + 2', 'no name is left open: there is nothing to differentiate by'],
  ])('%s: %s', (text, problem) => {
    expect(() => parseProgram(text)).toThrow(new SyntaxProblem(problem))
  })
  test('a problem is said and the page is not empty', async () => {
    const d = await at({ expr: 'a + (' })
    expect(d.problem).toMatch(/missing/)
    expect(d.nodes).toHaveLength(4)
  })
})
