/** A fenced block of a Markdown file. */
export type Block = { language: string; code: string }

/** The fenced blocks in their order. */
export function blocksOf(markdown: string): Block[] {
  return Array.from(markdown.matchAll(/^```(\w+)\n([^]*?)^```$/gm), ([, language = '', code = '']) => ({
    language,
    code: code.trimEnd(),
  }))
}
