import type { LightMyRequestResponse } from 'fastify'
import { parseCookie } from 'cookie'
import { ourOrigin } from './person.ts'
import type { TestWeb } from './web.ts'

/** A browser without scripts: it keeps cookies, and sends the forms of the page it opened last. */
export type FormBrowser = {
  cookies: Map<string, string>
  open(path: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  /** What every form of the last page carries. */
  guard(): Record<string, string>
  /** Sends a form; the guard of the last page is put in unless `guarded` is false. */
  send(
    path: string,
    fields: Record<string, string | readonly string[]>,
    headers?: Record<string, string>,
    guarded?: boolean,
  ): Promise<LightMyRequestResponse>
}

export function formBrowser(web: TestWeb, cookie = ''): FormBrowser {
  const given = Object.entries(parseCookie(cookie)).map(([name, value = '']) => [name, value] as const)
  const cookies = new Map<string, string>(given)
  let page = ''
  const headersWith = (headers: Record<string, string>) => ({
    accept: 'text/html',
    host: new URL(ourOrigin).host,
    'user-agent': 'Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Safari/537',
    cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    ...headers,
  })
  function keep(answer: LightMyRequestResponse): LightMyRequestResponse {
    for (const one of answer.cookies) {
      if (one.value === '') cookies.delete(one.name)
      else cookies.set(one.name, one.value)
    }
    if (answer.body.includes('name="formKey"')) page = answer.body
    return answer
  }
  const guard = () =>
    Object.fromEntries(
      ['formKey', 'csrf', 'next'].flatMap((name) => {
        const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1]
        return value === undefined ? [] : [[name, value]]
      }),
    )
  return {
    cookies,
    guard,
    open: async (path, headers = {}) =>
      keep(await web.app.inject({ method: 'GET', url: path, headers: headersWith(headers) })),
    async send(path, fields, headers = {}, guarded = true) {
      const form = new URLSearchParams()
      for (const [name, value] of Object.entries({ ...(guarded ? guard() : {}), ...fields }))
        for (const one of [value].flat()) form.append(name, one)
      const type = { 'content-type': 'application/x-www-form-urlencoded', origin: ourOrigin, ...headers }
      return keep(
        await web.app.inject({ method: 'POST', url: path, headers: headersWith(type), payload: form.toString() }),
      )
    },
  }
}
