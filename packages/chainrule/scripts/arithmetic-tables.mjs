/**
 * Writes `src/tensor/arithmetic-tables.ts`: what a person knows by heart about single digits, as types. `arithmetic-types.ts`
 * does column arithmetic with it. Run with `node scripts/arithmetic-tables.mjs`.
 */
import { writeFileSync } from 'node:fs'

const digits = Array.from({ length: 10 }, (_, i) => i)
const upTo = n => Array.from({ length: n + 1 }, (_, i) => i)
const row = (keys, value) => `{ ${keys.map(k => `${k}: ${value(k)}`).join('; ')} }`
const table = (name, comment, keys, line) =>
  `/** ${comment} */\nexport interface ${name} {\n${keys.map(k => `  ${k}: ${line(k)}`).join('\n')}\n}\n`
/** Carry and digit, as text: 15 → '15', 7 → '07'. */
const carryDigit = n => `'${Math.floor(n / 10)}${n % 10}'`
/** Borrow and digit of a difference. */
const borrowDigit = n => `'${n < 0 ? 1 : 0}${(n + 10) % 10}'`

const text = [
  '/** Digit tables for arithmetic in types. Written by scripts/arithmetic-tables.mjs; do not edit. */\n' +
    '// biome-ignore-all format: tables\n',
  ...[0, 1].map(c =>
    table(`Add${c}`, `a + b + ${c}: carry and digit.`, digits, a => row(digits, b => carryDigit(a + b + c))),
  ),
  ...[0, 1].map(c =>
    table(`Subtract${c}`, `a − b − ${c}: borrow and digit.`, digits, a => row(digits, b => borrowDigit(a - b - c))),
  ),
  table('Product', 'a · b of two digits.', digits, a => row(digits, b => a * b)),
  table('DigitSum', 'a + c of two digits.', digits, a => row(digits, c => a + c)),
  table(
    'ProductPlus',
    'p + s: a product of digits plus a sum of digits, as carry and digit.',
    [...new Set(digits.flatMap(a => digits.map(b => a * b)))].sort((a, b) => a - b),
    p => row(upTo(18), s => carryDigit(p + s)),
  ),
  table('Divide', '(10 r + d) / b for r < b: quotient digit and remainder, by [b][r][d].', digits.slice(2), b =>
    row(upTo(b - 1), r => row(digits, d => `'${Math.floor((10 * r + d) / b)}${(10 * r + d) % b}'`)),
  ),
].join('\n')
writeFileSync(new URL('../src/tensor/arithmetic-tables.ts', import.meta.url), text)
