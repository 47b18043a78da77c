import { parseSetCookie } from 'cookie'
import { z } from 'zod'

/** A visitor without scripts, over HTTP: keeps cookies, and sends the forms of the page it opened last. */
export type FormVisitor = {
  cookie(): string
  /** The text of a page. Throws where the answer is not `expected` (default 200). */
  open(path: string, expected?: number): Promise<string>
  /** Sends a form with what the last page's forms carry; where it leads. Throws where it leads nowhere. */
  send(path: string, fields: Record<string, string>, file?: Blob): Promise<string>
}

export function openFormVisitor(url: string): FormVisitor {
  const cookies = new Map<string, string>()
  const cookie = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  let guard: [string, string][] = []
  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { accept: 'text/html', origin: url, cookie: cookie() }
    const answer = await fetch(url + path, { redirect: 'manual', headers, ...init })
    for (const line of answer.headers.getSetCookie()) {
      const { name, value = '' } = parseSetCookie(line)
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }
  return {
    cookie,
    async open(path, expected = 200) {
      const answer = await ask(path)
      const html = await answer.text()
      if (answer.status !== expected)
        throw new Error(`${path} answered ${answer.status} ${answer.headers.get('location') ?? ''}`)
      guard = [...html.matchAll(/name="(formKey|csrf|next)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
        name,
        value,
      ])
      return html
    },
    async send(path, fields, file) {
      const form = file === undefined ? new URLSearchParams() : new FormData()
      for (const [name, value] of new Map([...guard, ...Object.entries(fields)])) form.append(name, value)
      if (form instanceof FormData && file !== undefined) form.append('file', file, 'Surat Perjanjian.pdf')
      const answer = await ask(path, { method: 'POST', body: form })
      const to = answer.headers.get('location')
      if (to !== null) return to
      const wrong = /class="wrong"[^>]*>([^<]*)/.exec(await answer.text())?.[1]
      throw new Error(`the form at ${path} was answered ${answer.status}: ${wrong ?? 'no reason'}`)
    },
  }
}

const inbox = z.object({ items: z.array(z.object({ text: z.string() })) })

/** The newest code to this address, as the simulated inbox has it. */
export async function codeFor(url: string, address: string): Promise<string> {
  const answer = await fetch(`${url}/v1/inbox?to=${encodeURIComponent(address)}`)
  const code = inbox.parse(await answer.json()).items.flatMap(({ text }) => /\b\d{6}\b/.exec(text) ?? [])[0]
  if (code === undefined) throw new Error(`no code came to ${address}`)
  return code
}
