/** What the document says, in English; `words` in backquotes are code. */
export function Prose({ said }: { said: string }) {
  return (
    <span lang="en">{said.split('`').map((part, at) => (at % 2 === 0 ? part : <code key={at}>{part}</code>))}</span>
  )
}
