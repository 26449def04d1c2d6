/** Makes the pictures of the documentation: runs the examples that draw them and copies what they drew. `node docs/pictures/make.mjs` */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '../..')
/** Example, its arguments, and what it draws → the name here. */
const pictures = [
  ['kernels', [], { 'runs/kernels/all.jpg': 'kernels.jpg' }],
  [
    'looking-inside',
    [],
    Object.fromEntries(
      ['which-pixels', 'patches', 'ascent', 'classes'].map(name => [`runs/looking-inside/${name}.png`, `${name}.png`]),
    ),
  ],
  ['picture-structure', ['--full'], { 'runs/picture-structure.svg': 'picture-structure.svg' }],
]

const wanted = process.argv.slice(2)
const folder = mkdtempSync(join(root, 'node_modules/.pictures-'))
try {
  for (const [example, args, drawn] of pictures) {
    if (wanted.length > 0 && !wanted.includes(example)) continue
    const outfile = join(folder, `${example}.mjs`)
    await build({
      entryPoints: [join(root, `examples/${example}.ts`)],
      bundle: true,
      conditions: ['chainrule-source'],
      format: 'esm',
      platform: 'node',
      outfile,
      alias: { chainrule: join(root, 'packages/chainrule/src/index.ts') },
    })
    execFileSync(process.execPath, [outfile, ...args], { cwd: root, stdio: 'inherit' })
    for (const [from, to] of Object.entries(drawn)) copyFileSync(join(root, from), join(import.meta.dirname, to))
  }
} finally {
  rmSync(folder, { recursive: true })
}
