/** Marks of browsers inside other apps, and of Android's WebView in general: downloads come to nothing in most of them. */
const inApp =
  /\b(?:FBAN|FBAV|FB_IAB|Instagram|WhatsApp|musical_ly|BytedanceWebview|TikTok|trill_\d|Snapchat|Twitter|Line\/)|; wv\)/

/** Where such a browser runs: what leads out of it differs. */
export type InAppBrowser = 'android' | 'other'

/** Whether this User-Agent is of a browser inside another app; undefined where it is not. */
export function inAppBrowserOf(userAgent: string | undefined): InAppBrowser | undefined {
  if (userAgent === undefined || !inApp.test(userAgent)) return undefined
  return /\bAndroid\b/.test(userAgent) ? 'android' : 'other'
}

/** The address (https or http) as a link that Android opens in Chrome, or in whatever else it has. */
export function chromeLink(address: string): string {
  const { protocol, host, pathname, search } = new URL(address)
  const scheme = protocol.slice(0, -1)
  const fallback = encodeURIComponent(address)
  return `intent://${host}${pathname}${search}#Intent;scheme=${scheme};package=com.android.chrome;S.browser_fallback_url=${fallback};end`
}
