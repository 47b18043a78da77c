import { h, type ComponentChildren } from 'preact'
import { Icon } from './icon.tsx'

/** What every field has: a name (its id too), a label, a hint below it, and what is wrong with what was typed. */
export type FieldGiven = { name: string; label: string; hint?: string; error?: string }

const describedBy = ({ name, hint, error }: FieldGiven) =>
  [error === undefined ? '' : `${name}-error`, hint === undefined ? '' : `${name}-hint`].filter(Boolean).join(' ') ||
  undefined

/** Label, hint and error around a control. */
export function FieldFrame({ field, children }: { field: FieldGiven; children: ComponentChildren }) {
  const { name, label, hint, error } = field
  return (
    <div class={error === undefined ? 'field' : 'field field-wrong'}>
      <label for={name}>{label}</label>
      {hint === undefined ? null : (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {error === undefined ? null : (
        <p class="wrong" id={`${name}-error`}>
          <Icon name="mark" /> {error}
        </p>
      )}
      {children}
    </div>
  )
}

type TextFieldGiven = FieldGiven & {
  value?: string
  type?: 'text' | 'email' | 'tel' | 'password' | 'date' | 'search'
  autocomplete?: string
  inputmode?: 'text' | 'numeric' | 'decimal' | 'tel' | 'email'
  maxLength?: number
  /** As the attribute has it. */
  pattern?: string
  required?: boolean
  /** A look of its own: `serial` for stamp numbers, `short` for a few letters. */
  look?: 'serial' | 'short'
  placeholder?: string
}

/** An input whose kind is only known when it is drawn. */
function Input(attributes: Record<string, string | number | boolean | undefined>) {
  return h('input', attributes)
}

/** One line to type into; what was typed is kept. */
export function TextField(given: TextFieldGiven) {
  const { name, value = '', type = 'text', look, required = false, ...rest } = given
  return (
    <FieldFrame field={given}>
      <Input
        id={name}
        name={name}
        type={type}
        class={look}
        value={value}
        required={required}
        autocomplete={rest.autocomplete}
        inputmode={rest.inputmode}
        maxLength={rest.maxLength}
        pattern={rest.pattern}
        placeholder={rest.placeholder}
        autocapitalize={look === 'serial' ? 'characters' : undefined}
        spellcheck={look === 'serial' ? false : undefined}
        aria-describedby={describedBy(given)}
        aria-invalid={given.error === undefined ? undefined : 'true'}
      />
    </FieldFrame>
  )
}

/** One of a list that is too long for cards. */
export function SelectField(
  given: FieldGiven & { options: readonly (readonly [string, string])[]; value?: string; lang?: string },
) {
  const { name, options, value, lang } = given
  return (
    <FieldFrame field={given}>
      <select
        id={name}
        name={name}
        lang={lang}
        aria-describedby={describedBy(given)}
        aria-invalid={given.error === undefined ? undefined : 'true'}
      >
        {options.map(([key, label]) => (
          <option key={key} value={key} selected={key === value}>
            {label}
          </option>
        ))}
      </select>
    </FieldFrame>
  )
}

/** Six digits in one input that looks like six boxes: pasting, autofill and screen readers meet a plain field. */
export function CodeField(given: FieldGiven & { purpose: 'code' | 'pin'; optional?: boolean }) {
  const { name, purpose, optional = false } = given
  return (
    <FieldFrame field={given}>
      <Input
        id={name}
        name={name}
        class="code"
        type={purpose === 'pin' ? 'password' : 'text'}
        inputmode="numeric"
        autocomplete={purpose === 'pin' ? 'off' : 'one-time-code'}
        pattern="[0-9]{6}"
        maxLength={6}
        required={!optional}
        aria-describedby={describedBy(given)}
        aria-invalid={given.error === undefined ? undefined : 'true'}
      />
    </FieldFrame>
  )
}

/** A file to choose: a large target that also takes a drop where there is a script. `accept` as the browser's attribute. */
export function FileField(
  given: FieldGiven & { accept: string; words: string; required?: boolean; multiple?: boolean },
) {
  const { name, accept, words, required = true, multiple = false } = given
  return (
    <FieldFrame field={given}>
      <div class="file-drop" data-drop>
        <Icon name="file" size={28} />
        <span data-file-name>{words}</span>
        <input
          id={name}
          name={name}
          type="file"
          accept={accept}
          required={required}
          multiple={multiple}
          aria-describedby={describedBy(given)}
          aria-invalid={given.error === undefined ? undefined : 'true'}
        />
      </div>
    </FieldFrame>
  )
}

/** What is wrong on this page, each a link to its field; it is read out when the page comes back. */
export function ErrorSummary({
  title,
  errors,
}: {
  title: string
  errors: readonly { field?: string; says: string }[]
}) {
  if (errors.length === 0) return null
  return (
    <div class="summary" role="alert" tabIndex={-1} data-focus>
      <h2>{title}</h2>
      <ul>
        {errors.map(({ field, says }) => (
          <li key={field ?? says}>{field === undefined ? says : <a href={`#${field}`}>{says}</a>}</li>
        ))}
      </ul>
    </div>
  )
}

/** A key that goes with one form once: the same form sent twice acts once. */
export function FormKey({ value }: { value: string }) {
  return <input type="hidden" name="formKey" value={value} />
}
