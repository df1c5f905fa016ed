import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{drivers,rules,gateway,simulators,deploy}/**/*.test.{ts,tsx}'],
    exclude: ['dist/**', 'node_modules/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more would only make the tests with real programs late.
    maxWorkers: 2,
  },
});
