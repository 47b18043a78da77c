import type { Language } from '../../src/base/sentences.ts'

/** How a page is looked at. `scripts`: whether the page's own run; the judges' always do. */
export type Look = { language: Language; scheme: 'light' | 'dark'; scripts: boolean; width: 360 | 1280 }

/** Both languages, both themes, with scripts and without; the widths lie so that any three values meet once. */
export const everyLook: readonly Look[] = (['id', 'en'] as const).flatMap((language) =>
  (['light', 'dark'] as const).flatMap((scheme) =>
    ([true, false] as const).map((scripts) => {
      const isNarrow = ((language === 'id') === (scheme === 'light')) === scripts
      return { language, scheme, scripts, width: isNarrow ? 360 : 1280 } as const
    }),
  ),
)

/** `en, dark, no script, 1280 px`. */
export const lookName = ({ language, scheme, scripts, width }: Look): string =>
  `${language}, ${scheme}, ${scripts ? 'script' : 'no script'}, ${width} px`
