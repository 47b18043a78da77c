import type { Download, Locator, Page } from 'playwright-core'
import { text, type TextKey, type TextValues } from '../../src/base/text.ts'
import { bytesOf } from './journey.ts'
import type { Mode } from './modes.ts'

/** A file as somebody chooses it. */
export type ChosenFile = { name: string; mimeType: string; buffer: Buffer }

/** Where on a page something stands: most of it in `main`; `page` is the whole of it, its header too. */
type Part = 'main' | 'page'

/**
 * What somebody does on a page, by the words they read there: with the mouse, or by keyboard alone. Everything is found by its role and its
 * name as a screen reader tells them, and must be seen; what does not come in time throws.
 */
export type Hand = {
  page: Page
  mode: Mode
  /** The sentence of this key in the language of the person. */
  say: (key: TextKey, values?: TextValues) => string
  open(path: string): Promise<void>
  /** A button, a link, or what unfolds something. A pattern for names that go on with an explanation. */
  press(words: string | RegExp, part?: Part): Promise<void>
  fill(label: string, typed: string): Promise<void>
  select(label: string, option: string): Promise<void>
  /** One of a few, or yes. */
  choose(label: string | RegExp): Promise<void>
  attach(label: string, files: ChosenFile | ChosenFile[]): Promise<void>
  /** Waits for a heading, whole. */
  arrives(heading: string): Promise<void>
  /** Waits for words anywhere. */
  sees(words: string | RegExp): Promise<void>
  /** The file that comes of an act. */
  download(act: () => Promise<void>): Promise<{ name: string; bytes: Buffer }>
  /** Moves what stands on a page of paper, `.stamp`, by about so many millimetres. */
  drag(rightMillimetres: number, upMillimetres: number): Promise<void>
}

/** No page of ours has more places to stop at. */
const stopsMax = 150

/** Names that begin with these words. */
export const beginning = (words: string): RegExp =>
  new RegExp(`^${words.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}`)

/** Opens a hand on this page; `judge` hears of every heading that it arrives at. */
export function openHand(
  page: Page,
  { url, mode, judge }: { url: string; mode: Mode; judge?: () => Promise<void> },
): Hand {
  const act = mode.hand === 'pointer' ? pointer(page) : keyboard(page)
  const within = (part: Part) => page.locator(part === 'main' ? 'main' : 'body')
  const named = (label: string | RegExp) =>
    within('main').getByLabel(label, { exact: true }).filter({ visible: true }).first()

  return {
    page,
    mode,
    say: (key, values) => text(mode.language, key, values),
    async open(path) {
      await page.goto(new URL(path, url).href)
    },
    async press(words, part = 'main') {
      const by = { name: words, exact: true }
      const root = within(part)
      const folds = root.locator('summary').filter({ hasText: words })
      const target = root.getByRole('button', by).or(root.getByRole('link', by)).or(folds)
      await act.press(target.filter({ visible: true }).first())
    },
    fill: (label, typed) => act.fill(named(label), typed),
    async select(label, option) {
      const list = named(label)
      await act.select(list, option)
      const chosen = await list.evaluate((element) =>
        element instanceof HTMLSelectElement ? element.selectedOptions[0]?.text : undefined,
      )
      if (chosen !== option) throw new Error(`"${label}" shows "${chosen}" where "${option}" was selected`)
    },
    async choose(label) {
      const kinds = ['radio', 'checkbox'] as const
      const [radio, checkbox] = kinds.map((role) => within('main').getByRole(role, { name: label }))
      if (radio === undefined || checkbox === undefined) throw new Error('no role is looked for')
      const box = radio.or(checkbox).first()
      await act.choose(box)
      if (!(await box.isChecked())) throw new Error(`"${String(label)}" is not chosen`)
    },
    async attach(label, files) {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), act.press(named(label))])
      await chooser.setFiles(files)
    },
    async arrives(heading) {
      await page.getByRole('heading', { name: heading, exact: true }).filter({ visible: true }).first().waitFor()
      await judge?.()
    },
    async sees(words) {
      await page.getByText(words).filter({ visible: true }).first().waitFor()
    },
    async download(give) {
      const [download]: [Download, void] = await Promise.all([page.waitForEvent('download'), give()])
      return { name: download.suggestedFilename(), bytes: await bytesOf(download) }
    },
    async drag(right, up) {
      const stamp: Locator = page.locator('.desk div.stamp')
      await page.locator('.desk canvas[data-drawn]').waitFor()
      const at = () => stamp.evaluate(({ style }) => [Number.parseFloat(style.left), Number.parseFloat(style.bottom)])
      const [left = 0, bottom = 0] = await at()
      await act.drag(stamp, right, up)
      const [leftThen = 0, bottomThen = 0] = await at()
      if (Math.sign(leftThen - left) !== Math.sign(right) || Math.sign(bottomThen - bottom) !== Math.sign(up))
        throw new Error('the stamp did not follow')
    },
  }
}

type Acts = {
  press(target: Locator): Promise<void>
  fill(target: Locator, typed: string): Promise<void>
  select(target: Locator, option: string): Promise<void>
  choose(target: Locator): Promise<void>
  drag(target: Locator, right: number, up: number): Promise<void>
}

function pointer(page: Page): Acts {
  return {
    press: (target) => target.click(),
    fill: (target, typed) => target.fill(typed),
    async select(target, option) {
      await target.selectOption({ label: option })
    },
    choose: (target) => target.check(),
    async drag(target, right, up) {
      await target.scrollIntoViewIfNeeded()
      const box = await target.boundingBox()
      if (box === null) throw new Error('there is nothing to drag')
      // a stamp is 30 mm wide or a little less: its picture is the scale
      const millimetre = box.width / 30
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
      await page.mouse.move(x, y)
      await page.mouse.down()
      await page.mouse.move(x + right * millimetre, y - up * millimetre, { steps: 5 })
      await page.mouse.up()
    },
  }
}

function keyboard(page: Page): Acts {
  const { keyboard: keys } = page
  const press = async (key: string, times: number) => {
    for (let time = 0; time < times; time++) await keys.press(key)
  }
  return {
    async press(target) {
      await reach(page, target)
      await keys.press('Enter')
    },
    async fill(target, typed) {
      await reach(page, target)
      await keys.press('ControlOrMeta+A')
      await keys.type(typed)
    },
    async select(target, option) {
      await reach(page, target)
      const far = await target.evaluate((list, wanted) => {
        if (!(list instanceof HTMLSelectElement)) return 0
        return [...list.options].findIndex(({ text: shown }) => shown === wanted) - list.selectedIndex
      }, option)
      await press(far < 0 ? 'ArrowUp' : 'ArrowDown', Math.abs(far))
    },
    async choose(target) {
      await target.waitFor()
      if (await target.isChecked()) return
      const group = await target.evaluate((box) =>
        box instanceof HTMLInputElement && box.type === 'radio' ? box.name : undefined,
      )
      if (group === undefined) {
        await reach(page, target)
        return keys.press('Space')
      }
      // of a group one is stopped at; arrows go on from there, and choose
      const cards = page.locator(`input[type=radio][name="${group}"]`)
      await reach(page, cards, false)
      await keys.press('Space')
      for (let at = 0; at < (await cards.count()) && !(await target.isChecked()); at++) await keys.press('ArrowDown')
    },
    async drag(target, right, up) {
      await reach(page, target)
      await press(right < 0 ? 'ArrowLeft' : 'ArrowRight', Math.abs(right))
      await press(up < 0 ? 'ArrowDown' : 'ArrowUp', Math.abs(up))
    },
  }
}

/** Goes on from stop to stop until it is at this one (or one of these), where the ring must be seen. */
async function reach(page: Page, target: Locator, isOne = true): Promise<void> {
  await (isOne ? target : target.first()).waitFor()
  for (let stop = 0; stop < stopsMax; stop++) {
    const isThere = await target.evaluateAll((elements) => elements.some((each) => each === document.activeElement))
    if (isThere) return expectRing(page)
    await page.keyboard.press('Tab')
  }
  throw new Error(`by keyboard nobody comes to ${String(target)} on ${page.url()}`)
}

async function expectRing(page: Page): Promise<void> {
  const ring = await page.evaluate(() => {
    if (document.activeElement === null) return undefined
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
    return outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 2 ? document.activeElement.outerHTML : undefined
  })
  if (ring !== undefined) throw new Error(`where the keyboard is shows no ring: ${ring.slice(0, 200)}`)
}
