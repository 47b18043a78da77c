import { createHash } from 'node:crypto'

/** Takes a stamp for a digest over HTTP, as a client does that has placed it; another one for each name. Answers its serial number. */
export async function affixDigest(server: { url: string; key: string }, name: string, digest: string): Promise<string> {
  const call = async (method: string, path: string, body: unknown) => {
    const answer = await fetch(server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${server.key}`,
        'content-type': 'application/json',
        'idempotency-key': name,
      },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${text}`)
    return JSON.parse(text)
  }
  const reserved = await call('POST', '/v1/affixings', {
    facts: { documentType: 'surat-pernyataan' },
    placement: { page: 1, left: 36, bottom: 36, width: 100, height: 100, unit: 'pt' },
    sourceSha256: createHash('sha256').update(name).digest('hex'),
    sourceLength: 1000,
    pageCount: 1,
  })
  await call('PUT', `/v1/affixings/${reserved.id}/signature`, { digest })
  return reserved.serial
}
