/**
 * Hands over the files that are chosen, dropped anywhere on the page, or pasted. The field itself keeps working for everyone who
 * uses neither.
 */
export function takeFiles(input: HTMLInputElement, take: (files: readonly File[]) => void): void {
  const zone = input.closest('[data-drop]')
  const over = (isOver: boolean) => zone?.classList.toggle('over', isOver)
  input.addEventListener('change', () => {
    if (input.files !== null && input.files.length > 0) take([...input.files])
  })
  document.addEventListener('dragover', (event) => {
    event.preventDefault()
    over(true)
  })
  document.addEventListener('dragleave', () => over(false))
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    over(false)
    const files = [...(event.dataTransfer?.files ?? [])]
    if (files.length > 0) take(files)
  })
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])]
    if (files.length > 0) take(files)
  })
}
