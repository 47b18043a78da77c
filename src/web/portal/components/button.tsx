import type { ComponentChildren } from 'preact'

/** A page has one `primary` act; `quiet` is for what can wait, `bad` for what takes something away. */
export type ButtonLook = 'primary' | 'quiet' | 'bad'

const classOf = (look: ButtonLook) => (look === 'primary' ? 'button' : `button button-${look}`)

/** A button that sends its form; its words are the act. `name` and `value` tell which of several was pressed. */
export function Button(given: {
  children: ComponentChildren
  look?: ButtonLook
  name?: string
  value?: string
  disabled?: boolean
  /** What it says where its words are a mere sign. */
  label?: string
}) {
  const { children, look = 'primary', label, ...rest } = given
  return (
    <button type="submit" class={classOf(look)} aria-label={label} {...rest}>
      {children}
    </button>
  )
}

/** A link that is the next step, or downloads something. */
export function LinkButton(given: { children: ComponentChildren; href: string; look?: ButtonLook; download?: string }) {
  const { children, look = 'primary', ...rest } = given
  return (
    <a class={classOf(look)} {...rest}>
      {children}
    </a>
  )
}
