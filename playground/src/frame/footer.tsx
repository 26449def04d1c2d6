/** What every view offers at its foot: a link to what is on screen, files, the numbers as a table, the program. */
import { useState } from 'preact/hooks'
import type { CodePart, Table } from './define.ts'
import { pngFile, save, svgFile } from './export.ts'
import { Program } from './program.tsx'

interface FooterProps {
  readonly name: string
  readonly table: Table
  readonly code: string
  readonly codeParts: readonly CodePart[]
  link(): string
  /** Where the picture is. */
  picture(): Element | null
  say(sentence: string): void
}
export function Footer({ name, table, code, codeParts, link, picture, say }: FooterProps) {
  const [copied, setCopied] = useState<string>()
  const copy = async (what: string, text: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(undefined)
      say(`${what} copied`)
    } catch {
      setCopied(text) // the clipboard may be forbidden: then the reader copies it
    }
  }
  const drawing = (): SVGSVGElement | HTMLCanvasElement | null =>
    picture()?.querySelector<SVGSVGElement | HTMLCanvasElement>('svg:not(.icon), canvas') ?? null
  return (
    <footer class="tools">
      <div class="buttons">
        <button type="button" onClick={() => copy('link', link())}>
          copy link
        </button>
        <button
          type="button"
          onClick={() => {
            const svg = drawing()
            if (svg instanceof SVGSVGElement) save(`${name}.svg`, new Blob([svgFile(svg)], { type: 'image/svg+xml' }))
            else say('this picture is made of pixels: take the PNG')
          }}
        >
          SVG
        </button>
        <button
          type="button"
          onClick={async () => {
            const found = drawing()
            if (found) save(`${name}.png`, await pngFile(found))
          }}
        >
          PNG
        </button>
      </div>
      {copied !== undefined && (
        <p>
          <label>
            copy this: <input class="copied" readonly value={copied} onFocus={event => event.currentTarget.select()} />
          </label>
        </p>
      )}
      <details>
        <summary>show as table</summary>
        <div class="scroller" tabIndex={0} role="region" aria-label={table.caption}>
          <table class="twin">
            <caption>{table.caption}</caption>
            <thead>
              <tr>
                {table.columns.map(column => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map((row, i) => (
                <tr key={i}>
                  {row.map((cell, k) =>
                    k === 0 ? (
                      <th key={k} scope="row">
                        {String(cell)}
                      </th>
                    ) : (
                      <td key={k} {...(typeof cell === 'number' ? { 'data-value': String(cell) } : {})}>
                        {String(cell)}
                      </td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
      <details>
        <summary>TypeScript that computes this</summary>
        <div class="scroller" tabIndex={0} role="region" aria-label="program">
          <Program code={code} parts={codeParts} />
        </div>
        <button type="button" onClick={() => copy('program', code)}>
          copy program
        </button>
      </details>
    </footer>
  )
}
