/** Whether everything is gone in every mode, as `npm run test:journeys` asks; `npm test` spreads the modes over what it goes once. */
export const isWholeMatrix = process.env['METERAI_JOURNEYS'] === 'whole'
