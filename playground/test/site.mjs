/** The built site on a local port, and a browser to look at it. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const types = { html: 'text/html', js: 'text/javascript', json: 'application/json' }

/** Serves a folder, or what `answer` gives for a path, on a port of its own: another origin each time. */
export async function serve(answer = path => readFile(dist + path), headers = {}) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname.slice(1) || 'index.html'
    try {
      const body = path === 'favicon.ico' ? '' : await answer(path)
      const type = types[path.split('.').at(-1)] ?? 'application/octet-stream'
      response.writeHead(200, { 'content-type': type, ...headers }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return { origin: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() }
}
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
    ],
  })
