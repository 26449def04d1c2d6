/** The HTML files of the site, made from the list of stations: readable before, and without, any script. */
import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'
import type { Text } from '../src/frame/define.ts'
import { type Station, stations } from '../src/stations.ts'

interface Page {
  readonly path: string
  readonly page: string
  readonly title: string
  readonly station?: Station
}
const pages: readonly Page[] = [
  { path: 'index.html', page: 'index', title: 'The lecture, alive' },
  { path: 'check.html', page: 'check', title: 'The lecture, checked' },
  { path: 'teach.html', page: 'teach', title: 'For your own page' },
  ...stations
    .filter(s => s.slug === 'sandbox')
    .map((station): Page => ({ path: 'sandbox.html', page: 'sandbox', title: station.title, station })),
  ...stations.flatMap((station): Page[] => [
    { path: `lecture/${station.slug}.html`, page: 'lecture', title: station.title, station },
    { path: `embed/${station.slug}.html`, page: 'embed', title: station.title, station },
  ]),
]
const textOf = ({ id }: Station): Text =>
  JSON.parse(readFileSync(new URL(`../src/views/${id}/text.json`, import.meta.url), 'utf8')) as Text
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

function content(title: string, station?: Station): string {
  const text = station && textOf(station)
  const paragraphs = text ? [text.sentence, text.question] : []
  return `<h1>${escaped(title)}</h1>${paragraphs.map(p => `<p>${escaped(p)}</p>`).join('')}`
}
/** Every view, in order, by part. */
function map(title: string): string {
  const card = (s: Station): string =>
    `<li><a href="lecture/${s.slug}.html"><i data-thumbnail="${s.slug}" aria-hidden="true" inert></i><b>${escaped(s.title)}</b><span>${escaped(textOf(s).question)}</span></a></li>`
  const section = (part: string): string => `<section aria-label="${escaped(part)}"><h2>${escaped(part)}</h2>
<ol class="cards">${stations
    .filter(s => s.part === part)
    .map(card)
    .join('\n')}</ol></section>`
  return `<div class="map">
<h1>${escaped(title)}</h1>
<p class="lead">Neural networks from a single neuron to convolutional networks. Every number here is computed in this page by
the engine that also trains real networks: drag any number sideways, and everything that depends on it moves.</p>
${[...new Set(stations.map(s => s.part))].map(section).join('\n')}
</div>`
}

function html({ path, page, title, station }: Page, script: (root: string) => string): string {
  const root = '../'.repeat(path.split('/').length - 1) || './'
  const view = station ? ` data-view="${station.slug}"` : ''
  const description = station
    ? textOf(station).sentence
    : 'Neural networks, computed live in the page, with numbers that can be checked by hand'
  return `<!doctype html>
<html lang="en" data-page="${page}"${view} data-root="${root}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escaped(description)}">
<link rel="icon" href="data:,">
<title>${escaped(title)} · chainrule</title>
</head>
<body>
<div id="app">${page === 'index' ? map(title) : content(title, station)}</div>
${script(root)}
</body>
</html>
`
}

/** From a disk browsers load no modules: there one classic script with everything takes their place. */
const boot = `(() => {
  const script = document.createElement('script')
  const disk = location.protocol === 'file:'
  script.src = new URL(disk ? 'classic.js' : 'main.js', document.currentScript.src)
  if (disk) script.dataset.start = ''
  else script.type = 'module'
  document.head.append(script)
})()
`

export function lecturePages(): Plugin {
  return {
    name: 'lecture-pages',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1) || 'index.html'
        const page = pages.find(p => p.path === path || p.path === `${path}.html`)
        if (!page) return next()
        void server
          .transformIndexHtml(
            request.url!,
            html(page, () => '<script type="module" src="/src/main.ts"></script>'),
          )
          .then(text => response.setHeader('content-type', 'text/html').end(text), next)
      })
    },
    generateBundle() {
      for (const page of pages)
        this.emitFile({
          type: 'asset',
          fileName: page.path,
          source: html(page, root => `<script src="${root}boot.js"></script>`),
        })
      this.emitFile({ type: 'asset', fileName: 'boot.js', source: boot })
    },
  }
}
