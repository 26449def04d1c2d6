#!/usr/bin/env node
/** The command line: `chainrule train | evaluate | predict | summary | explain | profile | tune | devices | filter | look | generate`. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { ChainruleError } from '../errors.ts'
import { devicesCommand } from './devices-command.ts'
import { evaluateCommand } from './evaluate-command.ts'
import { explainCommand, profileCommand } from './explain-command.ts'
import { filterCommand } from './filter-command.ts'
import { generateCommand } from './generate-command.ts'
import { lookCommand } from './look-command.ts'
import { predictCommand } from './predict-command.ts'
import { summaryCommand } from './summary-command.ts'
import { trainCommand } from './train-command.ts'
import { tuneCommand } from './tune-command.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = new Command('chainrule')
  .description('Deep learning for TypeScript: train a network on real digits, look at it, use it.')
  .version(version)
  .showHelpAfterError('(add --help for the options)')
  .exitOverride()
for (const add of [
  trainCommand,
  evaluateCommand,
  predictCommand,
  summaryCommand,
  explainCommand,
  profileCommand,
  tuneCommand,
  devicesCommand,
  filterCommand,
  lookCommand,
  generateCommand,
])
  add(program)
for (const command of program.commands) command.copyInheritedSettings(program)

// a reader that has gone away (chainrule … | head) is no error: a run goes on and is kept, unheard
for (const stream of [process.stdout, process.stderr])
  stream.on('error', error => {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') throw error
  })

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else if (error instanceof ChainruleError) {
    process.stderr.write(`error: ${error.message}\n`)
    process.exitCode = 1
  } else throw error
}
