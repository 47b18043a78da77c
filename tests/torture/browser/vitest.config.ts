import { defineConfig } from 'vitest/config'

/** The whole torture of the pages, which takes longer than a run of the tests should: `npm run torture:browser`. */
export default defineConfig({
  test: {
    include: ['tests/torture/browser/*.torture.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['verbose'],
    disableConsoleIntercept: true,
  },
})
