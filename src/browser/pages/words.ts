import { fillSentence, languages, type Language, type Sentences, type TextValues } from '../../base/sentences.ts'
import type { Refusal } from '../../errors.ts'

/** Sentences of the page's language. */
export type Say = { (key: string, values?: TextValues): string; language: Language }

/** Fetches the page's sentences from where it says they lie. Rejects when they cannot be had. */
export async function fetchWords(address: string): Promise<Say> {
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(`no sentences: ${answer.status}`)
  return sayFrom(readSentences(await answer.json()))
}

/** The sentences of these, in the page's language. */
export function sayFrom(sentences: Sentences): Say {
  const language = languages.find((each) => each === document.documentElement.lang) ?? 'id'
  const say = (key: string, values: TextValues = {}) => fillSentence(sentences, key, { language, values })
  return Object.assign(say, { language })
}

/** Why something was refused, for people. */
export function sayRefusal(say: Say, { code, values = {} }: Refusal): string {
  const { sentence } = values
  const knowsMore = code === 'request_malformed' || values['unknownCode'] !== undefined
  return typeof sentence === 'string' && knowsMore ? sentence : say(`errors.${code}`, values)
}

function readSentences(json: unknown): Sentences {
  if (typeof json !== 'object' || json === null) throw new Error('the sentences are none')
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, String(value)]))
}
