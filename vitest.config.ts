import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    // A test that imports graphql would otherwise get a second copy of it, "from another module or realm".
    alias: { graphql: 'graphql/index.js' },
  },
  test: {
    include: ['test/**/*.test.ts'],
    maxWorkers: 2,
    testTimeout: 20_000,
  },
})
