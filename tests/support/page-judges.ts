import type { Page } from 'playwright-core'

/** The narrowest screen that pages fit, in CSS pixels (WCAG 2.2, 1.4.10). */
const narrowestPixels = 320
/** The width of A4 at 96 pixels an inch. */
const paperPixels = 794
/** What fingers hit; links within a line of text are the line's height, which axe holds against WCAG 2.2, 2.5.8. */
const targetPixels = 44
/** No page has more places to stop at. */
const stopsMax = 200

/** What is wider than the narrowest screen, where pages would have to be pushed sideways. */
export async function reflowProblems(page: Page): Promise<string[]> {
  const size = page.viewportSize() ?? { width: 360, height: 740 }
  await page.setViewportSize({ width: narrowestPixels, height: size.height })
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  await page.setViewportSize(size)
  return width > narrowestPixels ? [`${width} pixels wide on a screen of ${narrowestPixels}`] : []
}

/** What somebody presses and is smaller than a fingertip. */
export async function targetProblems(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const controls = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')
    return [...controls].flatMap((control) => {
      const target = control.matches('[type=radio], [type=checkbox]') ? (control.closest('label') ?? control) : control
      const { width, height, right } = target.getBoundingClientRect()
      const isSeen = control.checkVisibility() && width > 0 && right > 0
      const isInText = control.matches('a') && getComputedStyle(control).display === 'inline'
      // half a pixel is the screen's rounding
      if (!isSeen || isInText || Math.min(width, height) >= least - 0.5) return []
      return [`${Math.round(width)} by ${Math.round(height)} is small: ${control.outerHTML.slice(0, 120)}`]
    })
  }, targetPixels)
}

/** On paper: what only a screen can do is gone, and ink is dark, whatever the theme. */
export async function printProblems(page: Page): Promise<string[]> {
  const size = page.viewportSize() ?? { width: 360, height: 740 }
  await page.emulateMedia({ media: 'print' })
  await page.setViewportSize({ width: paperPixels, height: 1123 })
  const found = await page.evaluate((paper) => {
    const still = [...document.querySelectorAll('.skip, .top-side, .foot, main button')].filter((each) =>
      each.checkVisibility(),
    )
    const ink = getComputedStyle(document.body).color.match(/\d+/g)?.map(Number) ?? []
    const width = document.documentElement.scrollWidth
    return [
      ...still.map((each) => `printed: ${each.outerHTML.slice(0, 80)}`),
      ...(ink.slice(0, 3).every((part) => part < 100) ? [] : [`printed in ${ink.join(' ')}`]),
      ...(width > paper ? [`${width} pixels wide on paper of ${paper}`] : []),
    ]
  }, paperPixels)
  await page.emulateMedia({ media: 'screen' })
  await page.setViewportSize(size)
  return found
}

type Stop = { at: number; html: string; ring: boolean; seen: boolean }

/** From stop to stop by keyboard: each is met in the order of the page, shows its ring, and is on the screen with nothing over it. */
export async function focusProblems(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    window.scrollTo(0, 0)
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  })
  const stops: Stop[] = []
  for (let count = 0; count < stopsMax; count++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(stopHere)
    if (stop === undefined || stop.at === stops[0]?.at) break
    stops.push(stop)
  }
  if (stops.length === 0) return ['nothing is reached by keyboard']
  return stops.flatMap((stop, index) => [
    ...(stop.at < (stops[index - 1]?.at ?? -1) ? [`comes before what stands above it: ${stop.html}`] : []),
    ...(stop.ring ? [] : [`shows no ring: ${stop.html}`]),
    ...(stop.seen ? [] : [`is covered or off the screen where it is stopped at: ${stop.html}`]),
  ])
}

/** Where the keyboard is now; undefined where it left the page. Runs in the page. */
function stopHere(): Stop | undefined {
  const active = document.activeElement
  if (active === null || active === document.body) return undefined
  const { left, top, right, bottom } = active.getBoundingClientRect()
  const [x, y] = [
    (Math.max(left, 0) + Math.min(right, innerWidth)) / 2,
    (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2,
  ]
  const above = document.elementFromPoint(x, y)
  const label = active.closest('label')
  const { outlineStyle, outlineWidth } = getComputedStyle(active)
  return {
    at: [...document.querySelectorAll('*')].indexOf(active),
    html: active.outerHTML.slice(0, 120),
    ring: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
    seen: above !== null && (active.contains(above) || above.contains(active) || label?.contains(above) === true),
  }
}
