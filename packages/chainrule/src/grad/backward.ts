/**
 * Reverse mode: the derivative of an output with respect to a node is the sum over all paths between them of the products
 * of the partial derivatives along each path. Walking the graph once from the output back, adding what arrives at each node
 * before passing it on, computes exactly that sum. Nothing runs here: gradients are nodes.
 */
import { add, fullLike } from '../graph/build.ts'
import { isFloat } from '../graph/dtype.ts'
import { inScope, type Node, type Primitive, topological } from '../graph/node.ts'
import { refuse, refuseDType } from '../graph/refuse.ts'
import { sameShape, show } from '../graph/shape.ts'
import { type GradientRule, gradientRules } from './rules.ts'

/**
 * ∂(seed · output)/∂w for each w of `wrt`, in w's shape and dtype; undefined where no differentiable path leads from w to
 * the output. `seed` has the output's shape and dtype; without one it is all ones (the gradient of the output's sum).
 *
 * @throws DTypeError if output or a member of `wrt` is not float
 * @throws ShapeError if the seed does not have the output's shape
 */
export function gradients(output: Node, wrt: readonly Node[], seed?: Node): (Node | undefined)[] {
  for (const node of [output, ...wrt])
    if (!isFloat(node.dtype))
      refuseDType(
        'gradients',
        [node.dtype],
        `${node.dtype} values have no derivative (${node.primitive} ${show(node.shape)}); use float32`,
      )
  if (seed !== undefined && (!sameShape(seed.shape, output.shape) || seed.dtype !== output.dtype))
    refuse(
      'gradients',
      [output.shape, seed.shape],
      `the seed is ${seed.dtype} ${show(seed.shape)}, the output ${output.dtype} ${show(output.shape)}; they must be equal`,
    )

  const order = topological([output])
  const onPath = new Set<Node>(wrt)
  for (const node of order) if (isFloat(node.dtype) && node.inputs.some(x => onPath.has(x))) onPath.add(node)

  const arrived = new Map<Node, Node>()
  if (onPath.has(output)) arrived.set(output, seed ?? inScope(output.scope, () => fullLike(output, 1)))
  for (const node of order.reverse()) {
    const gradient = arrived.get(node)
    if (gradient === undefined || !node.inputs.some(x => onPath.has(x))) continue
    inScope(node.scope, () => {
      const rule = gradientRules[node.primitive] as GradientRule<Primitive>
      rule(gradient, node, ...node.inputs).forEach((partial, i) => {
        const input = node.inputs[i]!
        if (partial === undefined || !onPath.has(input)) return
        const others = arrived.get(input)
        arrived.set(input, others === undefined ? partial : add(others, partial))
      })
    })
  }
  return wrt.map(node => arrived.get(node))
}
