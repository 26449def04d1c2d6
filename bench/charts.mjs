/** What was measured as pictures: how much faster chainrule is than each peer, and how cost grows. Drawn by Vega, from bench/peers. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ours = { 'chainrule @this': 'wasm, Node 20', 'chainrule @newest': 'wasm, newest Node', 'native @this': 'native' }
const theme = { font: 'sans-serif', axis: { labelLimit: 420, labelFontSize: 11 }, title: { fontSize: 14 } }

/** How many times faster than each peer, one bar for each of our devices. */
function ratios(measured) {
  const values = measured.flatMap(({ row, results }) => {
    if (row.curve || row.neighbours || row.id.startsWith('shape') || row.unit) return []
    return results.flatMap(peer => {
      if (!peer.best || peer.participant in ours) return []
      return results.flatMap(own =>
        own.participant in ours && own.best
          ? [{ work: row.title, peer: peer.participant, device: ours[own.participant], times: peer.best / own.best }]
          : [],
      )
    })
  })
  return {
    title: 'how many times as fast as each peer (1 = equal)',
    data: { values },
    mark: { type: 'point', filled: true, size: 60 },
    encoding: {
      y: { field: 'work', type: 'nominal', title: null, sort: null },
      x: { field: 'times', type: 'quantitative', scale: { type: 'log' }, title: 'times as fast' },
      color: { field: 'peer', type: 'nominal' },
      shape: { field: 'device', type: 'nominal' },
    },
    width: 640,
  }
}

/** Time along one size, a line for each participant. */
const curve = (name, points) => ({
  title: name,
  data: {
    values: points.flatMap(({ row, results }) =>
      results.flatMap(({ participant, best }) =>
        best ? [{ at: row.at, milliseconds: best, participant: ours[participant] ?? participant }] : [],
      ),
    ),
  },
  mark: { type: 'line', point: true },
  encoding: {
    x: { field: 'at', type: 'quantitative', scale: { type: 'log', base: 2 }, title: name.split(': ').at(-1) },
    y: { field: 'milliseconds', type: 'quantitative', scale: { type: 'log' }, title: 'ms' },
    color: { field: 'participant', type: 'nominal', title: null },
  },
  width: 480,
  height: 280,
})

/** Writes the charts into a folder; their paths. */
export async function charts(measured, folder) {
  const at = path => import(new URL(`./peers/node_modules/${path}`, import.meta.url))
  const vega = await at('vega/build/vega.module.js')
  const { compile } = await at('vega-lite/build/index.js')
  mkdirSync(folder, { recursive: true })
  const curves = new Map()
  for (const m of measured) if (m.row.curve) curves.set(m.row.curve, [...(curves.get(m.row.curve) ?? []), m])
  const specs = { ratios: ratios(measured) }
  for (const [name, points] of curves) specs[points[0].row.id.replace(/-[^-]*$/, '')] = curve(name, points)
  const files = []
  for (const [name, spec] of Object.entries(specs)) {
    if (spec.data.values.length === 0) continue
    const view = new vega.View(vega.parse(compile({ config: theme, background: 'white', ...spec }).spec), {
      renderer: 'none',
    })
    const file = join(folder, `${name}.svg`)
    writeFileSync(file, await view.toSVG())
    files.push(file)
  }
  return files
}
