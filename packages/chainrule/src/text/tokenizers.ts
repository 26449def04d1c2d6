/** From text to tokens and back. */

export interface Tokenizer {
  /** By which a saved model remembers it. */
  readonly name: string
  tokenize(text: string): string[]
  /** Tokens as text again. */
  join(tokens: readonly string[]): string
}

/** Every character (code point) is a token. */
export const characters: Tokenizer = {
  name: 'characters',
  tokenize: text => [...text],
  join: tokens => tokens.join(''),
}

/**
 * Words with inner apostrophes and hyphens, numbers, and every other sign by itself, in lower case; spaces are not kept. Joining
 * puts a space in front of words and none in front of closing signs.
 */
export const words: Tokenizer = {
  name: 'words',
  tokenize: text =>
    text.toLowerCase().match(/\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}+)*|\p{N}+(?:[.,]\p{N}+)*|<\p{L}+>|\n|\S/gu) ?? [],
  join(tokens) {
    let text = ''
    let open = true // no space after an opening sign, a line's end, or nothing
    for (const token of tokens) {
      text += open || /^[.,;:!?)\]%\n]/u.test(token) ? token : ` ${token}`
      open = /^[([$\n]$/u.test(token)
    }
    return text
  },
}

export const tokenizers: Readonly<Record<string, Tokenizer>> = { characters, words }
