/** What surrounds every page of the site: where one is, where one can go, light or dark. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { page } from './places.ts'

const themes = { auto: 'as the system', light: 'light', dark: 'dark' } as const
type Theme = keyof typeof themes

const kept = (): Theme => {
  const asked = new URLSearchParams(location.hash.slice(1)).get('theme')
  try {
    const theme = asked ?? localStorage.getItem('theme')
    return theme === 'light' || theme === 'dark' ? theme : 'auto'
  } catch {
    return 'auto' // storage may be forbidden
  }
}
const schemeOf = (theme: Theme): string => (theme === 'auto' ? 'light dark' : theme)

/** Light or dark, as was chosen before or the address says. */
export function applyTheme(theme: Theme = kept()): void {
  document.documentElement.style.colorScheme = schemeOf(theme)
}
export function Shell({ here, children }: { readonly here: string; readonly children: ComponentChildren }) {
  const [theme, setTheme] = useState(kept)
  return (
    <div class="site chainrule">
      <a class="skip" href="#main">
        to the content
      </a>
      <header class="top">
        <a class="home" href={page('index')}>
          <b>chainrule</b> the lecture, alive
        </a>
        <nav aria-label="site">
          {[
            ['index', 'map'],
            ['sandbox', 'sandbox'],
            ['check', 'check'],
            ['teach', 'teach'],
          ].map(([name, title]) => (
            <a key={name} href={page(name!)} aria-current={here === name ? 'page' : undefined}>
              {title}
            </a>
          ))}
          <label class="theme">
            <span>colours</span>
            <select
              value={theme}
              onChange={event => {
                const next = event.currentTarget.value as Theme
                setTheme(next)
                applyTheme(next)
                try {
                  localStorage.setItem('theme', next)
                } catch {
                  // it then holds for this page only
                }
              }}
            >
              {Object.entries(themes).map(([value, shown]) => (
                <option key={value} value={value}>
                  {shown}
                </option>
              ))}
            </select>
          </label>
        </nav>
      </header>
      <main id="main">{children}</main>
    </div>
  )
}
