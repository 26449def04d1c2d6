/** Where a layer was made, as a person knows the place: in the source, not in what was compiled from it. */
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `lenet.ts:12` for `file:///…/lenet.js:7:106`, through the source map beside the file if there is one; '' for no origin. */
export function sourceLine(origin: string | undefined): string {
  const [, url, line, column] = /^(.*):(\d+):(\d+)$/.exec(origin ?? '') ?? []
  if (url === undefined) return ''
  const map = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : ''
  if (existsSync(map)) {
    const entry = new SourceMap(JSON.parse(readFileSync(map, 'utf8'))).findEntry(Number(line) - 1, Number(column) - 1)
    if ('originalSource' in entry) return `${basename(entry.originalSource)}:${entry.originalLine + 1}`
  }
  return `${basename(url)}:${line}`
}
