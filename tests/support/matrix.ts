/** Whether everything is gone in every mode, as `npm run test:journeys` asks; `npm test` spreads the modes over what it goes once. */
export const isWholeMatrix = process.env['METERAI_JOURNEYS'] === 'whole'

/** Whether everything is done to the pages that can be, as `npm run torture:browser` asks; `npm test` does one of each kind. */
export const isWholeTorture = process.env['METERAI_TORTURE'] === 'whole'
