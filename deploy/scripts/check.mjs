// npm run check: types, lint, tests. The whole gate.
import { run, setUp } from './setup.mjs';

setUp({ tests: true });
for (const script of ['types', 'lint', 'test']) {
  if (run('npm', ['run', '--silent', script]) !== 0) process.exit(1);
}
