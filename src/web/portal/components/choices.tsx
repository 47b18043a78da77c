import { FieldFrame, type FieldGiven } from './field.tsx'

/** One of a few, each a card with room for a line of explanation. */
export function RadioCards(given: {
  name: string
  legend: string
  hint?: string
  value?: string
  error?: string
  options: readonly { value: string; label: string; says?: string; disabled?: boolean }[]
}) {
  const { name, legend, hint, value, error, options } = given
  return (
    <fieldset class={error === undefined ? 'field' : 'field field-wrong'} id={name}>
      <legend>{legend}</legend>
      {hint === undefined ? null : <p class="hint">{hint}</p>}
      {error === undefined ? null : <p class="wrong">{error}</p>}
      <div class="cards">
        {options.map((option) => (
          <label key={option.value} class="choice">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              disabled={option.disabled}
            />
            <span>
              <strong>{option.label}</strong>
              {option.says === undefined ? null : <span class="hint">{option.says}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** Yes or no. */
export function Checkbox({
  name,
  label,
  hint,
  checked,
}: {
  name: string
  label: string
  hint?: string
  checked?: boolean
}) {
  return (
    <label class="choice">
      <input id={name} type="checkbox" name={name} value="yes" checked={checked} />
      <span>
        {label}
        {hint === undefined ? null : <span class="hint">{hint}</span>}
      </span>
    </label>
  )
}

/** How many: a number that can be typed, and one more or one less where there is a script. `less`, `more`: what the buttons say. */
export function Stepper(
  given: FieldGiven & { value: number; least: number; most: number; less: string; more: string },
) {
  const { name, value, least, most, less, more } = given
  return (
    <FieldFrame field={given}>
      <div class="stepper" data-stepper>
        <button type="button" class="button button-quiet" data-step="-1" aria-label={less} hidden>
          −
        </button>
        <input
          id={name}
          name={name}
          type="number"
          inputmode="numeric"
          min={least}
          max={most}
          value={value}
          required
          aria-describedby={given.hint === undefined ? undefined : `${name}-hint`}
        />
        <button type="button" class="button button-quiet" data-step="1" aria-label={more} hidden>
          +
        </button>
      </div>
    </FieldFrame>
  )
}
