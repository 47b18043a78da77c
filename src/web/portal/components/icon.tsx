/** The one set of icons, drawn on 24 by 24 with strokes alone. */
const paths = {
  tick: 'M5 13l5 5 9-11',
  cross: 'M6 6l12 12M18 6L6 18',
  mark: 'M12 4v10M12 18.5v.5',
  wait: 'M12 7v5l3 2M12 3a9 9 0 100 18 9 9 0 000-18z',
  back: 'M9 14l-5-5 5-5M4 9h10a6 6 0 010 12h-3',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  chat: 'M4 5h16v11H9l-5 4z',
  phone: 'M6 3h4l2 5-3 2a11 11 0 005 5l2-3 5 2v4a2 2 0 01-2 2A17 17 0 014 5a2 2 0 012-2z',
  mail: 'M3 6h18v12H3zM3 7l9 7 9-7',
  info: 'M12 11v6M12 7v.5M12 3a9 9 0 100 18 9 9 0 000-18z',
  shield: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z',
} as const
export type IconName = keyof typeof paths

/** An icon that stands beside words which say the same: nobody is read its name. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}
