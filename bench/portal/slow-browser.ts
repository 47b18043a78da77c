import type { Browser, BrowserContext, Page } from 'playwright-core'

/** A cheap phone on one bar: 1.6 Mbit/s down, 750 kbit/s up, 150 ms there and back, a processor six times slower than this machine's. */
export const slowPhone = { downBytes: 200_000, upBytes: 93_750, roundTripMilliseconds: 150, processor: 6 } as const

/** A page in a browser of its own, with nothing kept, as slow as `slowPhone`. Workers share the line; they keep this machine's processor. */
export async function openSlowPage(
  browser: Browser,
  { url, cookie = '' }: { url: string; cookie?: string },
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'id-ID' })
  const cookies = cookie.split('; ').flatMap((one) => {
    const [name = '', value = ''] = one.split('=', 2)
    return name === '' ? [] : [{ name, value, url }]
  })
  await context.addCookies(cookies)
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: slowPhone.roundTripMilliseconds,
    downloadThroughput: slowPhone.downBytes,
    uploadThroughput: slowPhone.upBytes,
  })
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowPhone.processor })
  return { page, context }
}
