/**
 * A profile as a picture (Gregg 2016, "The Flame Graph"): modules stand on the whole, kernels on their module, each as wide as its time.
 */
import type { KernelProfile, Profile } from '../tensor/profile.ts'

/** A box and what stands on it. */
interface Box {
  readonly name: string
  milliseconds: number
  readonly above: Map<string, Box>
  readonly kernel?: KernelProfile
}

const width = 1200
const height = 22
const margin = 12
/** Names for kernels outside of modules. */
const outside = 'loss, optimizer'
const colours = {
  contract: '#f4a259',
  loop: '#8cb369',
  window: '#5b8e7d',
  other: '#bc96e6',
  module: '#e8e2d4',
} as const

const escaped = (text: string): string => text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`)

function boxOf(name: string, kernel?: KernelProfile): Box {
  return { name, milliseconds: 0, above: new Map(), ...(kernel && { kernel }) }
}

/** What the module at a path is. */
type DescribeModule = (path: string) => string | undefined

/** The whole, with a box for each part of each path and one for each kernel. */
function boxes({ kernels }: Profile, title: string, describeModule: DescribeModule): Box {
  const whole = boxOf(title)
  for (const [k, kernel] of kernels.entries()) {
    let at = whole
    at.milliseconds += kernel.milliseconds
    const parts = kernel.path === '' ? [outside] : kernel.path.split('.')
    for (const [i, part] of parts.entries()) {
      const description = describeModule(parts.slice(0, i + 1).join('.'))
      const next = at.above.get(part) ?? boxOf(description === undefined ? part : `${part} ${description}`)
      at.above.set(part, next)
      at = next
      at.milliseconds += kernel.milliseconds
    }
    const own = boxOf(kernel.work, kernel)
    own.milliseconds = kernel.milliseconds
    at.above.set(`kernel ${k}`, own)
  }
  return whole
}

const levelsOf = (box: Box): number => 1 + Math.max(0, ...[...box.above.values()].map(levelsOf))

/** What a pointer on the box shows, and a screen reader reads. */
function describe({ name, milliseconds, kernel }: Box, total: number): string {
  const facts = [`${name}: ${milliseconds.toFixed(3)} ms`, `${((100 * milliseconds) / total).toFixed(1)} %`]
  if (kernel) {
    facts.push(kernel.shape)
    if (kernel.gigaflops !== undefined) facts.push(`${kernel.gigaflops.toFixed(1)} GF/s`)
    if (kernel.ofPeak !== undefined) facts.push(`${(100 * kernel.ofPeak).toFixed(0)} % of peak`)
    facts.push(`${kernel.gigabytes.toFixed(1)} GB/s`)
  }
  return facts.join(', ')
}

/** An SVG document. */
export function flame(profile: Profile, title: string, describeModule: DescribeModule = () => undefined): string {
  const whole = boxes(profile, title, describeModule)
  const total = whole.milliseconds || 1
  const bottom = margin + levelsOf(whole) * height
  const parts: string[] = []
  const draw = (box: Box, level: number, x: number): void => {
    const w = (box.milliseconds / total) * (width - 2 * margin)
    if (w < 0.3) return
    const kind = box.kernel?.kind ?? 'module'
    const colour = kind in colours ? colours[kind as keyof typeof colours] : colours.other
    const y = bottom - (level + 1) * height
    const room = Math.floor((w - 6) / 6.6)
    const text = box.name.length <= room ? box.name : room > 3 ? `${box.name.slice(0, room - 1)}…` : ''
    parts.push(
      `<g><title>${escaped(describe(box, total))}</title>` +
        `<rect x="${x.toFixed(1)}" y="${y}" width="${w.toFixed(1)}" height="${height - 1}" rx="2" fill="${colour}"/>` +
        (text === '' ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 15}">${escaped(text)}</text>`) +
        '</g>',
    )
    let at = x
    for (const above of box.above.values()) {
      draw(above, level + 1, at)
      at += (above.milliseconds / total) * (width - 2 * margin)
    }
  }
  draw(whole, 0, margin)
  const rates = `${total.toFixed(2)} ms on ${profile.device}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + margin + 20}" role="img" aria-label="${escaped(`${title}: ${rates}`)}">
<style>text { font: 11px ui-monospace, monospace; fill: #222 } rect { stroke: #fff }</style>
<rect width="${width}" height="${bottom + margin + 20}" fill="#fff"/>
${parts.join('\n')}
<text x="${margin}" y="${bottom + 18}">${escaped(rates)}; orange: contractions, green: loops, dark green: windows, violet: others</text>
</svg>
`
}
