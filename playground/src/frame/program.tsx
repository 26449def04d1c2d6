/** A program as text, whose parts are highlighted with the quantities that they are about. */
import type { CodePart } from './define.ts'

interface ProgramProps {
  readonly code: string
  /** In the order of the program. */
  readonly parts: readonly CodePart[]
}
export function Program({ code, parts }: ProgramProps) {
  const pieces = []
  let from = 0
  for (const { text, q } of parts) {
    const at = code.indexOf(text, from)
    if (at < 0) continue
    pieces.push(code.slice(from, at), <span data-q={q}>{text}</span>)
    from = at + text.length
  }
  return (
    <pre>
      <code>
        {pieces}
        {code.slice(from)}
      </code>
    </pre>
  )
}
