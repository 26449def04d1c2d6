/** What one embedded view downloads: the element's script, everything it imports, the view, and the engine's reference device. */
import { readdir, readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { dist } from './site.mjs'

/** Modules that a built file needs before it runs. */
async function needs(path, found = new Map()) {
  if (found.has(path)) return found
  const text = await readFile(dist + path, 'utf8')
  found.set(path, gzipSync(text, { level: 9 }).length)
  // static imports only; `import(` loads later
  for (const [, from] of text.matchAll(/(?:import|export)\s*(?:[\w*{][^'"`;()]*?from\s*)?["'](\.[^"']+\.js)["']/g))
    await needs(new URL(from, `file:///${path}`).pathname.slice(1), found)
  return found
}
/** Gzipped bytes of each view, by id. */
export async function embeddedSizes() {
  const chunks = await readdir(`${dist}chunks`)
  const reference = (await Promise.all(chunks.map(async c => [c, await readFile(`${dist}chunks/${c}`, 'utf8')]))).find(
    ([name, text]) => name.startsWith('device-') && !text.includes('WebAssembly'),
  )
  if (!reference) throw new Error('the reference device is in no chunk of its own')
  const sizes = new Map()
  for (const chunk of chunks) {
    const id = chunk.match(/^([A-Z]\d)-/)?.[1]
    if (!id) continue
    const found = new Map()
    for (const path of ['chainrule-view.js', `chunks/${chunk}`, `chunks/${reference[0]}`]) await needs(path, found)
    sizes.set(
      id,
      [...found.values()].reduce((a, b) => a + b, 0),
    )
  }
  return sizes
}
