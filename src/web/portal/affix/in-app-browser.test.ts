import { expect, test } from 'vitest'
import { chromeLink, inAppBrowserOf } from './in-app-browser.ts'

const android = 'Mozilla/5.0 (Linux; Android 8.1.0; SM-J260G'
const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/90.0.4430.91 Mobile Safari/537.36'

test.each([
  [`${android}; wv) ${chrome} Instagram 280.0.0.18.114 Android`, 'android'],
  [`${android}; wv) ${chrome} [FB_IAB/FB4A;FBAV/407.0.0.30.90;]`, 'android'],
  [`${android}) ${chrome} WhatsApp/2.23.20 A`, 'android'],
  [`${android}) ${chrome} trill_320904 BytedanceWebview/d8a21c6`, 'android'],
  [`${android}; wv) ${chrome}`, 'android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) Mobile/15E148 Instagram 289.0.0.18', 'other'],
  [`${android}) AppleWebKit/537.36 Chrome/90.0.4430.91 Mobile Safari/537.36`, undefined],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) Version/16.5 Mobile/15E148 Safari/604.1', undefined],
  [undefined, undefined],
])('%s is told as what it is', (userAgent, told) => {
  expect(inAppBrowserOf(userAgent)).toBe(told)
})

test('the link out keeps the address, and falls back to it', () => {
  expect(chromeLink('https://meterai.example/bubuhkan?bahasa=en')).toBe(
    'intent://meterai.example/bubuhkan?bahasa=en#Intent;scheme=https;package=com.android.chrome;S.browser_fallback_url=https%3A%2F%2Fmeterai.example%2Fbubuhkan%3Fbahasa%3Den;end',
  )
})
