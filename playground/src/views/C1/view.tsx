/** C1: cards with value and gradient, arrows with derivatives, the list of paths. */
import { useEffect, useMemo } from 'preact/hooks'
import { useSet } from '../../frame/bench.ts'
import { Preset } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { TextLine } from '../../frame/field.tsx'
import { factor, show } from '../../frame/format.ts'
import { Equals, Scrub, Value } from '../../frame/number.tsx'
import { card, place } from './layout.ts'
import { type Derived, type GraphEdge, type GraphNode, model, presets, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

const signs: Readonly<Record<string, string>> = {
  add: '+',
  sub: '−',
  mul: '·',
  div: '÷',
  neg: '−',
  pow: '^',
  sigmoid: 'σ',
}

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  // the places depend on the graph's shape, not on its numbers
  const shape = d.edges.map(e => `${e.from}-${e.to}`).join()
  const { width, height, at } = useMemo(() => place(d.nodes, d.edges), [shape, d.nodes.length])
  const step = Math.min(state.step, d.order.length)
  const latest = step > 0 && step < d.order.length ? d.order[step - 1] : undefined
  const choose = (node: GraphNode): void => set({ node: node.name })
  const onPath = new Set(d.paths.flatMap(p => p.names))

  /** The card that an arrow key leads to: along an edge, or to a neighbour above or below. */
  const follow = (node: GraphNode, key: string): GraphNode | undefined => {
    const here = at[node.id]!
    const towards = {
      ArrowLeft: d.edges.filter(e => e.from === node.id).map(e => e.to),
      ArrowRight: d.edges.filter(e => e.to === node.id).map(e => e.from),
      ArrowUp: d.nodes.filter(n => at[n.id]!.y < here.y).map(n => n.id),
      ArrowDown: d.nodes.filter(n => at[n.id]!.y > here.y).map(n => n.id),
    }[key]
    const far = (id: number): number => Math.hypot(at[id]!.x - here.x, at[id]!.y - here.y)
    const nearest = towards?.filter(id => d.nodes[id]!.name !== '').sort((a, b) => far(a) - far(b))[0]
    return nearest === undefined ? undefined : d.nodes[nearest]
  }
  return (
    <div class="scroller graph" tabindex={0} role="region" aria-label="the graph; it scrolls sideways">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        style={{ width: `max(100%, ${0.8 * width}px)`, maxWidth: `${1.25 * width}px` }}
        role="group"
        aria-label="computational graph"
      >
        <defs>
          <marker id="c1f" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
            <path d="M0 0 L8 4 L0 8 z" class="flow-head" />
          </marker>
          <marker id="c1b" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
            <path d="M0 0 L8 4 L0 8 z" class="arrowhead" />
          </marker>
        </defs>
        {d.edges.map((edge, i) => (
          <Edge
            key={i}
            edge={edge}
            twin={twinOf(d.edges, i)}
            from={at[edge.from]!}
            to={at[edge.to]!}
            latest={edge.from === latest}
          />
        ))}
        {d.nodes.map(node => {
          const { x, y } = at[node.id]!
          const chosen = node.name === d.selected
          return (
            <g
              key={node.id}
              class={`card ${node.isInput ? 'leaf' : ''} ${chosen ? 'chosen' : ''} ${onPath.has(node.name) ? 'on-path' : ''} ${node.id === latest ? 'latest' : ''}`}
              data-q={node.name || undefined}
              {...(node.name === '' || node.id === d.output
                ? {}
                : {
                    role: 'button',
                    tabindex: chosen ? 0 : -1,
                    'aria-pressed': chosen,
                    onClick: () => choose(node),
                    onKeyDown: (event: KeyboardEvent) => {
                      const next = follow(node, event.key)
                      if (event.key === 'Enter' || event.key === ' ') choose(node)
                      else if (next && next.id !== d.output) choose(next)
                      else return
                      event.preventDefault()
                      const root = (event.currentTarget as Element).closest('svg')
                      requestAnimationFrame(() => root?.querySelector<SVGElement>('.card[tabindex="0"]')?.focus())
                    },
                  })}
            >
              <rect
                x={x - card.width / 2}
                y={y - card.height / 2}
                width={card.width}
                height={card.height}
                rx={node.isInput ? 12 : 4}
              />
              <text class="title" x={x - card.width / 2 + 8} y={y - 15}>
                {node.name}
              </text>
              <text class="small quiet" x={x + card.width / 2 - 8} y={y - 15} text-anchor="end">
                {node.isInput ? 'input' : (signs[node.operation] ?? node.operation)}
              </text>
              <text class="small" x={x - card.width / 2 + 8} y={y + 5}>
                {show(node.value)}
              </text>
              <text class="small gradient" x={x - card.width / 2 + 8} y={y + 24}>
                {node.operation === 'constant' ? '' : `∂ ${node.gradient === undefined ? '…' : show(node.gradient)}`}
              </text>
            </g>
          )
        })}
      </svg>
    </div>
  )
}
/** Two edges between the same cards are drawn apart: −1 and 1, or 0 for a single one. */
function twinOf(edges: readonly GraphEdge[], i: number): number {
  const same = edges.flatMap((e, k) => (e.from === edges[i]!.from && e.to === edges[i]!.to ? [k] : []))
  return same.length === 1 ? 0 : same.indexOf(i) === 0 ? -1 : 1
}
interface EdgeProps {
  readonly edge: GraphEdge
  readonly twin: number
  readonly from: { readonly x: number; readonly y: number }
  readonly to: { readonly x: number; readonly y: number }
  readonly latest: boolean
}
function Edge({ edge, twin, from, to, latest }: EdgeProps) {
  const x1 = to.x + card.width / 2
  const x2 = from.x - card.width / 2
  const y1 = to.y + twin * 18
  const y2 = from.y + twin * 18
  const middle = (x1 + x2) / 2
  const bow = (lift: number): string => `C${middle} ${y1 + lift} ${middle} ${y2 + lift}`
  return (
    <g class={latest ? 'edge latest' : 'edge'}>
      <path class="flow" d={`M${x1} ${y1 - 4} ${bow(-4)} ${x2} ${y2 - 4}`} marker-end="url(#c1f)" />
      <path
        class="derivative"
        d={`M${x2} ${y2 + 5} C${middle} ${y2 + 5} ${middle} ${y1 + 5} ${x1} ${y1 + 5}`}
        marker-end="url(#c1b)"
      />
      <text class="partial" x={middle} y={(y1 + y2) / 2 + 19} text-anchor="middle">
        {show(edge.partial, 3)}
      </text>
    </g>
  )
}

function Line({ state, derived: d }: Shown<State, Derived>) {
  const step = Math.min(state.step, d.order.length)
  const latest = step > 0 && step < d.order.length ? d.nodes[d.order[step - 1]!] : undefined
  return (
    <>
      <p class="arithmetic">
        {d.inputs.slice(0, state.at.length).map((name, i) => (
          <span class="group" key={name}>
            {name} = <Scrub k="at" i={i} label={name} q={name} />
          </span>
        ))}
      </p>
      {latest ? (
        <ul class="sent">
          {d.edges.map((edge, i) =>
            edge.sent === undefined ? null : (
              <li key={i}>
                ∂L/∂{d.nodes[edge.to]!.name || 'constant'} +={' '}
                <Value x={latest.gradient ?? 0} q={latest.name} kind="gradient" inProduct /> · {factor(edge.partial)} ={' '}
                <Value x={edge.sent} kind="gradient" />
              </li>
            ),
          )}
        </ul>
      ) : (
        <>
          <p class="arithmetic">
            <span>
              ∂{d.nodes[d.output]!.name}/∂{d.selected} is the sum over{' '}
              {d.pathCount === 1 ? 'the only path' : `all ${d.pathCount} paths`} of the products of the derivatives on
              it:
            </span>
          </p>
          <ol class="paths">
            {d.paths.map((path, i) => (
              <li key={i}>
                <span class="group">{path.names.join(' → ')}:</span>{' '}
                <span class="group">
                  {path.factors.map(f => factor(f)).join(' · ')} <Equals x={path.product} />{' '}
                  <Value x={path.product} q={`path${i + 1}`} kind="gradient" />
                </span>
              </li>
            ))}
          </ol>
          <p class="arithmetic">
            <span class="group">
              sum <Equals x={d.pathSum} /> <Value x={d.pathSum} q="path-sum" kind="gradient" />
            </span>
            {d.pathCount > 1 && (
              <span class="quiet">
                The slide says “find the unique path”. Here there are {d.pathCount}: one alone would give the wrong
                gradient.
              </span>
            )}
          </p>
        </>
      )}
    </>
  )
}
function Controls({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  // every input of a new expression gets a number
  useEffect(() => {
    if (state.at.length < d.inputs.length) set({ at: d.inputs.map((_, i) => state.at[i] ?? 1) })
  }, [d.inputs.length])
  return (
    <>
      <TextLine k="expr" wide />
      {d.problem !== undefined && (
        <p class="bad" role="alert">
          {d.problem}. Shown is the squared error.
        </p>
      )}
      <p class="control">
        {Object.entries(presets).map(([name, preset]) => (
          <Preset key={name} set={{ ...preset, step: 99 }}>
            {name}
          </Preset>
        ))}
      </p>
      <p class="quiet">
        Choose a card to see its paths. Solid arrows carry values forward, dashed arrows the slide’s edges (u, v) with
        ∂u/∂v back.
      </p>
    </>
  )
}
const Notes = () => (
  <p>
    “The unique path” is true for trees only. Where a value is used twice (e · e here; a kernel’s weight at every pixel;
    a recurrent weight at every word) there are several paths and their products are added. The backward pass does this
    without listing them: each node waits until everything that used it has added its share (+=), then passes the total
    on. The slide’s “data structure for storing gradients” is, more precisely, the record of a computation; gradients
    are filled in afterwards.
  </p>
)
const styles = `
.stage.with-controls:has(.graph) { grid-template-columns: minmax(0, 1fr) }
.picture .graph svg { max-width: none; margin-inline: auto }
.card rect { fill: var(--raised); stroke: var(--text); stroke-width: 1.2 }
.card.leaf rect { fill: var(--page) }
.card.on-path rect { stroke: var(--gradient); stroke-width: 2 }
.card.chosen rect { stroke-width: 4 }
.card.latest rect { stroke: var(--gradient); stroke-width: 3; stroke-dasharray: 6 3 }
.card[role=button] { cursor: pointer }
.card .title { font-weight: 700 }
.view svg .gradient, .view svg .partial { fill: var(--gradient) }
.view svg .partial { font-size: 13px; stroke: var(--page); stroke-width: 4px; paint-order: stroke }
.flow { fill: none; stroke: var(--quiet); stroke-width: 1.4 }
.flow-head { fill: var(--quiet) }
.derivative { fill: none; stroke: var(--gradient); stroke-width: 1.2; stroke-dasharray: 5 4 }
.edge.latest .derivative { stroke-width: 3 }
.paths { margin: .3rem 0; padding-left: 1.6rem }
.paths li { padding: .1rem 0 }
.sent { margin: .3rem 0; padding-left: 1.2rem }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
