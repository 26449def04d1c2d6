/** `chainrule generate`: text from a saved language model. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { CheckpointError } from '../errors.ts'
import { generateTokens, readLanguageModel } from '../text/index.ts'
import { prepareEngine } from './engine.ts'
import { type DeviceOptions, whole, withDevice } from './options.ts'
import { output } from './output.ts'
import { showCount } from './terminal.ts'

interface GenerateOptions extends DeviceOptions {
  readonly checkpoint: string
  readonly prompt: string
  readonly length: number
  readonly temperature: number
  readonly topK?: number
  readonly topP?: number
  readonly beam?: number
  readonly seed: number
}

function number(text: string, isFine: (value: number) => boolean, range: string): number {
  const value = Number(text)
  if (text.trim() === '' || !isFine(value)) throw new InvalidArgumentError(`It must be a number ${range}.`)
  return value
}

export function generateCommand(program: Command): void {
  const command = program
    .command('generate')
    .description('text from a language model, as examples/language-model.ts saves it')
    .option('-c, --checkpoint <file>', 'a saved language model', 'runs/language-model/characters.safetensors')
    .option('-p, --prompt <text>', 'what the text begins with (default: the beginning of a new text)', '')
    .option('-n, --length <n>', 'how many tokens follow', whole(1), 400)
    .option(
      '-t, --temperature <t>',
      'below 1 the likely becomes likelier, above 1 less so; 0 takes the likeliest always',
      text => number(text, t => t >= 0 && t < Infinity, '>= 0'),
      1,
    )
    .option('--top-k <k>', 'draw among the k likeliest tokens', whole(1))
    .option('--top-p <p>', 'draw from the nucleus: the likeliest tokens that together reach this probability', text =>
      number(text, p => p > 0 && p <= 1, '> 0 and <= 1'),
    )
    .addOption(
      new Option('--beam <n>', 'do not draw: follow n continuations at a time and print the likeliest')
        .argParser(whole(1))
        .conflicts(['temperature', 'topK', 'topP', 'seed']),
    )
    .option('-s, --seed <n>', 'of the draws: the same seed gives the same text', whole(0, 2 ** 32 - 1), 0)
  withDevice(command).action(async (options: GenerateOptions) => {
    const out = output()
    const engine = prepareEngine(options)
    const { checkpoint, prompt } = options
    const saved = await readLanguageModel(checkpoint).catch(error => {
      const missing = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
      throw missing
        ? new CheckpointError(
            `there is no language model ${checkpoint}; make one with examples/language-model.ts`,
            checkpoint,
          )
        : error
    })
    const { vocabulary, tokenizer, model } = saved
    if (options.verbose)
      out.line(out.paint('dim', `${model.describe()}, ${showCount(vocabulary.size)} ${tokenizer.name}; ${engine}`))
    const tokens = tokenizer.tokenize(prompt)
    const unknown = [...new Set(tokens.filter(token => !vocabulary.has(token)))]
    if (unknown.length > 0)
      process.stderr.write(`chainrule: the model does not know ${unknown.map(t => JSON.stringify(t)).join(', ')}\n`)
    // joining more tokens only adds to the text
    const written = [...tokens]
    let shown = tokenizer.join(written)
    process.stdout.write(shown)
    for await (const token of generateTokens(saved, options)) {
      written.push(token)
      const text = tokenizer.join(written)
      process.stdout.write(text.slice(shown.length))
      shown = text
    }
    out.line()
  })
}
