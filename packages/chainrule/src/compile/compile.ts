/** A closed graph becomes a program: rewrite, fuse, lower, schedule. */

import { stopGradient } from '../graph/build.ts'
import type { Graph } from '../graph/graph.ts'
import { topological } from '../graph/node.ts'
import { fuse } from './fuse.ts'
import type { Program } from './kernel.ts'
import { rewrite } from './rewrite.ts'
import { schedule } from './schedule.ts'

export function compileGraph(graph: Graph): Program {
  // what nobody computes is copied
  const outputs = rewrite(graph.outputs).map(o =>
    o.inputs.length === 0 && o.primitive !== 'random' ? stopGradient(o) : o,
  )
  const order = topological(outputs).sort((a, b) => a.id - b.id)
  return schedule(graph, outputs, order, fuse(order, outputs))
}
