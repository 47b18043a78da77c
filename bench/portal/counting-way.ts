import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** A way to a service that counts every byte that comes back over it: what a browser tells of workers and caches leaves some out. */
export type CountingWay = { url: string; received(): number; close(): Promise<void> }

/** Opens one in front of this address of this machine. */
export async function openCountingWay(to: string): Promise<CountingWay> {
  const port = Number(new URL(to).port)
  let bytes = 0
  const server = createServer((browser) => {
    const service = connect(port, '127.0.0.1')
    service.on('data', (chunk) => (bytes += chunk.length))
    browser.pipe(service).pipe(browser)
    browser.on('error', () => service.destroy()).on('close', () => service.destroy())
    service.on('error', () => browser.destroy()).on('close', () => browser.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the way leads from nowhere')
  return {
    url: `http://127.0.0.1:${address.port}`,
    received: () => bytes,
    async close() {
      server.close()
      await once(server, 'close')
    },
  }
}
