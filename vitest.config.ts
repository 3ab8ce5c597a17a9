import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    // A test that imports graphql would otherwise get a second copy of it, "from another module or realm".
    alias: { graphql: 'graphql/index.js' },
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    // No module of ours holds what a test leaves behind, and to import all of them anew for each file takes longer than most files.
    isolate: false,
    maxWorkers: 3,
    // Ends what hangs, and nothing else: a machine may be ten times as busy as it should be.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // For `npm run coverage`. What runs in another process (test/cli, test/process) is not counted.
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'html'] },
  },
})
